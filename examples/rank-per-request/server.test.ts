import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test.each(["SIGINT", "SIGTERM"] as const)("%s ends the server, whatever a client has left unsent", async (signal) => {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", "--conditions=@dylora/source", main, "--port", "0"], {
    // Where tsx is found.
    cwd: import.meta.dirname,
  });
  let said = "";
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    said += chunk;
    if (/:\d+\/predict/.test(said)) break;
  }
  const [, port] = /:(\d+)\/predict/.exec(said) ?? [];
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write("POST /predict HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{");
  await setTimeout(200);
  const ended = once(child, "exit");
  child.kill(signal);
  expect(await ended).toEqual([0, null]);
});
