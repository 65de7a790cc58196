import { expect, test } from "vitest";
import { commands } from "./commands/index.ts";
import { runCli } from "./fixtures/run-cli.ts";
import { flagOf } from "./options/option.ts";
import { ownVersion } from "./version.ts";

test("dylora --help lists every command", async () => {
  const { code, out, err } = await runCli(["--help"]);
  expect(code).toBe(0);
  expect(err).toBe("");
  const words = out.replaceAll(/\s+/g, " ");
  for (const { name, summary } of commands) {
    expect(out).toMatch(new RegExp(`^  ${name} `, "m"));
    expect(words).toContain(summary);
  }
});

test.each(commands.map(({ name }) => name))("dylora %s --help", async (name) => {
  const { code, out } = await runCli([name, "--help"]);
  expect(code).toBe(0);
  expect(out).toMatchSnapshot();
  const command = commands.find((candidate) => candidate.name === name);
  expect(out).toContain("Examples:");
  for (const example of command?.examples ?? []) expect(out).toContain(example.command);
  for (const flag of [...Object.keys(command?.options ?? {}), "json", "config", "debug"])
    expect(out).toContain(flagOf(flag));
});

test("the options in examples exist", () => {
  for (const { name, options, examples } of commands) {
    const known = [...Object.keys(options), "json", "config", "debug"].map(flagOf);
    for (const { command } of examples) {
      expect(command).toContain(`dylora ${name}`);
      for (const flag of command.match(/--[a-z-]+/g) ?? []) expect(known, `${name}: ${flag}`).toContain(flag);
    }
  }
});

test("dylora --version", async () => {
  expect((await runCli(["--version"])).out).toBe(`${ownVersion}\n`);
});

test("no command: help and exit code 2", async () => {
  const { code, out } = await runCli([]);
  expect(code).toBe(2);
  expect(out).toContain("Commands:");
});

test("a command that does not exist", async () => {
  const { code, err } = await runCli(["swep"]);
  expect(code).toBe(2);
  expect(err).toMatch(/^dylora: unknown command 'swep'.*sweep/);
});
