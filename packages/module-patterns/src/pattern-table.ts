import { ConfigError } from "@dylora/errors";
import { compile, type ModuleTest } from "./expression.ts";

/** Keys without any expression in them but dots, escaped or not, and perhaps an anchor before. Most are so. */
const PLAIN = /^\^?(?:[\w-]|\\?\.)+$/;

/** Characters of keys times characters of paths: what a table may cost, some seconds. Real ones cost a thousandth. */
const BUDGET = 2e8;

/** As the expression that a plain key is would: a bare dot stands for any character. */
function plainTest(key: string): ModuleTest {
  const anchored = key.startsWith("^");
  const marks = [...key.slice(anchored ? 1 : 0).matchAll(/\\?(.)/g)].map(([mark, char]) => (mark === "." ? "" : char));
  return (path) => {
    const start = path.length - marks.length;
    if (start < 0 || (start > 0 && (anchored || path[start - 1] !== "."))) return false;
    return marks.every((mark, index) => mark === "" || mark === path[start + index]);
  };
}

function expressionTest(key: string, spend: (units: number) => void): ModuleTest {
  const expression = compile(`(.*\\.)?(${key})$`, key);
  return (path) => {
    spend((key.length + 10) * (path.length + 10));
    return expression.matcher(path).lookingAt();
  };
}

/**
 * PEFT's `rank_pattern` and `alpha_pattern`: the value of the first key that means a module. A key means it when it
 * matches its path or the end of its path after a dot: `re.match(rf"(.*\.)?({key})$", path)`, PEFT's `get_pattern_key`.
 * A key with `^` matches the whole path alone.
 *
 * @param table values by name or regular expression; the order counts
 * @returns looks a module path up; undefined where no key means it. It throws `bad_module_pattern` once so many modules
 * were looked up in so large a table that it would take minutes
 * @throws ConfigError `bad_module_pattern` for a key that is malformed, or uses what needs more than linear time
 *
 * @example
 * ```ts
 * import { patternTable } from "@dylora/module-patterns";
 *
 * const alphaOf = patternTable({ "^encoder\\.layer\\.0\\.query": 32, query: 8 });
 * console.log(alphaOf("encoder.layer.0.query"), alphaOf("roberta.encoder.layer.0.query")); // 32 8
 * ```
 */
export function patternTable<Value>(table: Readonly<Record<string, Value>>): (path: string) => Value | undefined {
  let spent = 0;
  const spend = (units: number) => {
    spent += units;
    if (spent <= BUDGET) return;
    throw new ConfigError("bad_module_pattern", "the tables of patterns are too long for this many modules");
  };
  const tests = Object.entries(table).map(([key, value]) => {
    return { value, means: PLAIN.test(key) ? plainTest(key) : expressionTest(key, spend) };
  });
  return (path) => tests.find(({ means }) => means(path))?.value;
}
