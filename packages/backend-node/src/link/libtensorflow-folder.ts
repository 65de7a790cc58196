import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ConfigError } from "@dylora/errors";

/** A libtensorflow on this machine. */
export interface Libtensorflow {
  /** Folder of the C headers. */
  readonly include: string;
  /** Shared libraries that hold the C functions. */
  readonly libraries: readonly string[];
  /** Folder of those libraries. */
  readonly folder: string;
}

const endings = process.platform === "darwin" ? [".2.dylib", ".dylib"] : [".so.2", ".so"];
const headers = ["c_api.h", "eager/c_api.h"].map((name) => join("tensorflow", "c", name));

const first = (folder: string, names: readonly string[]): string | undefined =>
  names.flatMap((name) => endings.map((ending) => join(folder, name + ending))).find((path) => existsSync(path));

/**
 * Finds libtensorflow in a folder: `lib` and `include` as the official C archive has them, or what an unpacked Python
 * wheel or a site-packages folder holds (`tensorflow/libtensorflow_cc.so.2` and `tensorflow/include`).
 *
 * @throws ConfigError `no_libtensorflow` when libraries or headers are not there
 */
export function findLibtensorflow(given: string): Libtensorflow {
  const folder = resolve(given);
  if (!existsSync(folder)) throw new ConfigError("no_libtensorflow", `there is no folder ${folder}`);
  if (!statSync(folder).isDirectory()) {
    throw new ConfigError("no_libtensorflow", `${folder} is a file; unpack it and name the folder`);
  }
  for (const root of [folder, join(folder, "tensorflow")]) {
    for (const place of [join(root, "lib"), root]) {
      const main = first(place, ["libtensorflow", "libtensorflow_cc"]);
      if (main === undefined) continue;
      const include = join(root, "include");
      const missing = headers.find((header) => !existsSync(join(include, header)));
      if (missing !== undefined) {
        throw new ConfigError("no_libtensorflow", `${main} is there, but its header ${join(include, missing)} is not`);
      }
      const framework = first(place, ["libtensorflow_framework"]);
      return { include, libraries: framework === undefined ? [main] : [main, framework], folder: dirname(main) };
    }
  }
  const [ending] = endings;
  throw new ConfigError(
    "no_libtensorflow",
    `no libtensorflow${ending} or libtensorflow_cc${ending} lies in ${folder}; name a folder that the C archive of ` +
      "TensorFlow (lib, include) or its Python wheel (tensorflow/libtensorflow_cc, tensorflow/include) was unpacked into",
  );
}
