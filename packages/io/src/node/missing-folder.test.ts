import { expect, test } from "vitest";
import { openModelFolder } from "./model-folder.ts";
import { readPeftAdapter } from "./peft-folder.ts";

test.each(["FacebookAI/roberta-base", "gpt2-that-is-nowhere"])(
  "%s may be a name of the hub: the function is named",
  async (name) => {
    const hint = `${name} does not exist; a name on the Hugging Face hub is fetched first, by downloadModel("${name}")`;
    for (const reading of [openModelFolder(name), readPeftAdapter(name)]) {
      await expect(reading).rejects.toMatchObject({ code: "file_missing", message: expect.stringContaining(hint) });
    }
  },
);

test.each(["./nowhere", "/nowhere/model", "a/b/c-nowhere", "../nowhere"])("%s is a path and no name", async (path) => {
  await expect(openModelFolder(path)).rejects.toMatchObject({
    code: "file_missing",
    message: expect.not.stringContaining("downloadModel"),
  });
});
