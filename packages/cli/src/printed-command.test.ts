import { expect, test } from "vitest";
import { programWords } from "./printed-command.ts";

const cwd = "/home/ada/work";
const start = (script: string, env: Record<string, string> = {}) => programWords({ script, cwd, env }).join(" ");

test("a printed command works where the program was started", () => {
  expect(start("/usr/lib/node_modules/dylora/dist/bin.js")).toBe("dylora");
  expect(start("/usr/local/bin/dylora")).toBe("dylora");
  expect(start("/home/ada/work/packages/cli/dist/bin.js")).toBe("node packages/cli/dist/bin.js");
  expect(start("/srv/clone/packages/cli/dist/bin.js")).toBe("node /srv/clone/packages/cli/dist/bin.js");
  const local = "/home/ada/work/node_modules/dylora/dist/bin.js";
  expect(start(local, { npm_command: "exec" })).toBe("npx dylora");
  expect(start(local, { npm_lifecycle_event: "tune" })).toBe("npx dylora");
  expect(start(local, { npm_command: "exec", npm_config_user_agent: "pnpm/10.34.9 npm/? node/v22" })).toBe(
    "pnpm exec dylora",
  );
  expect(start(local, { npm_lifecycle_event: "tune", npm_config_user_agent: "yarn/4.5.0" })).toBe("yarn dylora");
  // npm start in a clone runs the script of the clone.
  expect(start("/home/ada/work/packages/cli/dist/bin.js", { npm_lifecycle_event: "start" })).toBe(
    "node packages/cli/dist/bin.js",
  );
});
