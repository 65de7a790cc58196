// A plugin of TypeDoc. Where a function takes options, its page shows their members, which were a link away. A page has one
// heading of the first level. Links to Markdown that is no page lead to the repository, where it can be read.
import { relative, sep } from "node:path";
import { ReflectionKind } from "typedoc";
import { root } from "./run.mjs";

const repository = "https://github.com/dylora/dylora/blob/main/";

/** The heading of a package's README stands below the title of its page, and says the same. */
const firstHeadingAlone = (page) => page.replace(/(<h1[\s\S]*?<\/h1>[\s\S]*?)<h1[\s\S]*?<\/h1>/, "$1");

/** @param {import("typedoc").Application} app */
export function load(app) {
  app.renderer.on("beginRender", ({ project }) => {
    for (const type of project.getReflectionsByKind(ReflectionKind.Interface)) {
      if (type.name.endsWith("Options")) type.comment?.modifierTags.add("@expand");
    }
  });
  app.renderer.on("endPage", (page) => {
    if (page.contents === undefined) return;
    const files = page.project.files.getNameToAbsoluteMap();
    page.contents = firstHeadingAlone(page.contents).replace(/href="(?:\.\.\/)*media\/([^"#]+\.md)/g, (link, name) => {
      const path = files.get(decodeURIComponent(name));
      return path === undefined ? link : `href="${repository}${relative(root, path).split(sep).join("/")}`;
    });
  });
}
