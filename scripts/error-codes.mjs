// Every error code that the packages can throw, read off their sources.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { publicPackages } from "./packages.mjs";

const errorClass = /^(Dylora|Config|Format|Shape|Backend|Resource|Training)Error$/;
const isCode = (text) => /^[a-z]+\d*(_[a-z0-9]+)*$/.test(text);

function sourceFiles(folder) {
  return readdirSync(join(folder, "src"), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !/(^|[\\/])fixtures[\\/]/.test(name))
    .map((name) => join(folder, "src", name))
    .map((path) => ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true));
}

function nodesOf(node, all = []) {
  all.push(node);
  node.forEachChild((child) => void nodesOf(child, all));
  return all;
}

/** String literals somewhere in a node that look like codes. */
const literalsIn = (node) =>
  [...nodesOf(node)]
    .filter(ts.isStringLiteral)
    .map(({ text }) => text)
    .filter(isCode);

/** The function around a node, with its name and the place of one of its parameters. */
function parameterAround(node, parameter) {
  for (let at = node.parent; at !== undefined; at = at.parent) {
    const place = at.parameters?.findIndex(({ name }) => name.getText() === parameter) ?? -1;
    if (place < 0) continue;
    const name = at.name ?? at.parent.name; // a declaration, or an arrow function in a variable
    return { name: name?.getText(), place };
  }
  return undefined;
}

/** What is handed to a function's parameter anywhere in a package. */
function argumentsOf({ name, place }, files) {
  return files.flatMap((file) =>
    [...nodesOf(file)]
      .filter((node) => ts.isCallExpression(node) && node.expression.getText() === name)
      .flatMap(({ arguments: given }) => (given[place] === undefined ? [] : literalsIn(given[place]))),
  );
}

/** The literals that a variable of a file may hold. */
const valuesOf = (variable, file) =>
  [...nodesOf(file)]
    .filter(ts.isVariableDeclaration)
    .filter(({ name }) => [...nodesOf(name)].some((node) => ts.isIdentifier(node) && node.text === variable))
    .flatMap(({ initializer }) => {
      if (initializer === undefined) return [];
      const called = [...nodesOf(initializer)].filter(ts.isIdentifier).map(({ text }) => text);
      const meant = [...nodesOf(file)].filter(
        (node) => called.includes(node.name?.text) && (node.initializer ?? node.body),
      );
      return [initializer, ...meant].flatMap(literalsIn);
    });

/** The codes of one `new XError(code, …)`. */
function codesOf(expression, files) {
  const [code] = expression.arguments ?? [];
  if (ts.isStringLiteral(code)) return [code.text];
  // `sign.code`: one of the `code: "…"` that stand in the same file.
  if (ts.isPropertyAccessExpression(code) && code.name.text === "code") {
    return nodesOf(expression.getSourceFile())
      .filter((node) => ts.isPropertyAssignment(node) && node.name.getText() === "code")
      .flatMap(({ initializer }) => (ts.isStringLiteral(initializer) ? [initializer.text] : []));
  }
  const name = ts.isTemplateExpression(code) ? code.templateSpans[0].expression.getText() : code.getText();
  const around = parameterAround(expression, name);
  const found = around === undefined ? valuesOf(name, expression.getSourceFile()) : argumentsOf(around, files);
  return ts.isTemplateExpression(code) ? found.map((text) => code.head.text + text) : found;
}

/** Codes by package: a map from code to the names of the packages that throw it. */
export function errorCodes() {
  const byCode = new Map();
  for (const { folder, manifest } of publicPackages) {
    const files = sourceFiles(folder);
    for (const file of files) {
      const checksWhole = /import \{[^}]*\bcheckWhole\b[^}]*\} from "@dylora\/errors"/.test(file.text);
      for (const node of nodesOf(file)) {
        const thrown = ts.isNewExpression(node) && errorClass.test(node.expression.getText());
        // `checkWhole(code, …)` throws a ConfigError; what is handed to it is read where it is called.
        const checked = checksWhole && ts.isCallExpression(node) && node.expression.getText() === "checkWhole";
        if (!thrown && !checked) continue;
        if (thrown && parameterAround(node, "code")?.name === "checkWhole") continue;
        const codes = codesOf(node, files);
        // `cause.code`, `error.code`: the code of an error that is thrown elsewhere.
        if (codes.length === 0 && !["cause.code", "error.code"].includes(node.arguments[0].getText()))
          throw new Error(`${file.fileName}: the code of ${node.getText().slice(0, 120)} cannot be read`);
        for (const code of codes) byCode.set(code, new Set([...(byCode.get(code) ?? []), manifest.name]));
      }
    }
  }
  return byCode;
}
