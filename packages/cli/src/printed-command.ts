import { relative, sep } from "node:path";
import process from "node:process";
import { shellCommand } from "@dylora/report";

/** What tells how a program was started. */
export interface Start {
  /** The script that runs. */
  readonly script: string;
  /** The folder it was started in. */
  readonly cwd: string;
  /** The environment: package managers say there that they started it. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const ofProcess = (): Start => ({ script: process.argv[1] ?? "", cwd: process.cwd(), env: process.env });

/** Words that run a program of the project, by package manager. */
const RUNNERS: readonly (readonly [agent: RegExp, words: readonly string[]])[] = [
  [/^pnpm\//, ["pnpm", "exec"]],
  [/^yarn\//, ["yarn"]],
  [/^bun\//, ["bunx"]],
];

/**
 * The words that start dylora again where it was started: `dylora` where it is installed for all, `npx dylora` in a project that
 * has it, `node packages/cli/dist/bin.js` in a clone of the repository.
 */
export function programWords({ script, cwd, env }: Start = ofProcess()): readonly string[] {
  const inClone = /[\\/]dist[\\/]bin\.js$/.test(script) && !script.includes(`${sep}node_modules${sep}`);
  if (inClone) {
    const path = relative(cwd, script);
    return ["node", path.startsWith("..") ? script : path];
  }
  const ofProject = /[\\/]node_modules[\\/](?:\.bin[\\/]dylora|dylora[\\/]dist[\\/]bin\.js)$/.test(script);
  const byManager = env["npm_command"] === "exec" || env["npm_lifecycle_event"] !== undefined;
  if (!ofProject || !byManager) return ["dylora"];
  const agent = env["npm_config_user_agent"] ?? "";
  return [...(RUNNERS.find(([pattern]) => pattern.test(agent))?.[1] ?? ["npx"]), "dylora"];
}

/** A command of dylora as people can type it where they are: a shell reads every word back. */
export const printedCommand = (...words: readonly string[]): string => shellCommand([...programWords(), ...words]);
