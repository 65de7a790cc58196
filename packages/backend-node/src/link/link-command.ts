import { parseArgs } from "node:util";
import { ConfigError, DyloraError } from "@dylora/errors";
import { firstLine } from "../first-line.ts";
import type { Variant } from "../variant.ts";
import { link, unlink } from "./link.ts";

/** Where a command writes. */
export interface CommandOutput {
  /** Prints a line of the result. */
  readonly say: (line: string) => void;
  /** Prints a line about progress or failure. */
  readonly note: (line: string) => void;
}

const help = ({ id, tfjsPackage }: Variant): string => `Usage:
  npx @dylora/backend-${id} link --libtensorflow DIR
  npx @dylora/backend-${id} unlink

link builds the addon of ${tfjsPackage} against a libtensorflow that you have, multiplies with it, and
has this project remember it (in the folder .dylora). unlink undoes it.

  --libtensorflow DIR  the unpacked C archive of TensorFlow (lib, include), the unpacked Python wheel, or a
                       site-packages folder with TensorFlow in it`;

function read(variant: Variant, args: readonly string[]): { command: string; libtensorflow: string | undefined } {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { libtensorflow: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    const [command = "help", ...others] = values.help ? ["help"] : positionals;
    if (others.length > 0) throw new Error(`"${others[0]}" is one word too many`);
    return { command, libtensorflow: values.libtensorflow };
  } catch (error) {
    throw new ConfigError("bad_option", `${firstLine(error)}; see npx @dylora/backend-${variant.id} --help`);
  }
}

async function run(variant: Variant, args: readonly string[], from: string, { say, note }: CommandOutput) {
  const { command, libtensorflow } = read(variant, args);
  switch (command) {
    case "help":
      return say(help(variant));
    case "link": {
      if (libtensorflow === undefined) throw new ConfigError("bad_option", "link needs --libtensorflow DIR");
      note("building the addon and multiplying with it ...");
      const { version, device, message, project } = await link(variant, libtensorflow, from);
      say(`linked libtensorflow ${version} in ${project}; it multiplies right on ${device ?? "the CPU"}`);
      if (variant.id === "node-gpu" && device === undefined) note(`no GPU answers: ${message ?? "it names no reason"}`);
      return;
    }
    case "unlink": {
      const project = unlink(variant, from);
      return say(
        project === undefined ? "nothing is linked here" : `${project} no longer uses its linked libtensorflow`,
      );
    }
    default:
      throw new ConfigError("bad_option", `there is no command "${command}"; there are link and unlink`);
  }
}

/**
 * The command of `@dylora/backend-node` and `@dylora/backend-node-gpu`.
 *
 * @param args what follows the command's name
 * @param from folder in the project
 * @returns exit code: 0, 2 for bad input, 1 for what else fails
 */
export async function linkCommand(
  variant: Variant,
  args: readonly string[],
  from: string = process.cwd(),
  output: CommandOutput = { say: (line) => console.log(line), note: (line) => console.error(line) },
): Promise<number> {
  try {
    await run(variant, args, from, output);
    return 0;
  } catch (error) {
    output.note(`error: ${DyloraError.isInstance(error) ? error.message : firstLine(error)}`);
    return DyloraError.isInstance(error) && error.name === "ConfigError" ? 2 : 1;
  }
}
