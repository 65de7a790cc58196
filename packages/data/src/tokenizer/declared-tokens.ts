import { showValue } from "@dylora/errors";
import { type AddedToken, badTokenizer, checkId, parseAddedToken, specialToken } from "./added-token.ts";
import { classTokens, type TokenizerClass } from "./tokenizer-class.ts";
import type { TokenizerSources } from "./tokenizer-sources.ts";

/** Roles that transformers knows, in the order in which it adds their tokens. */
const ROLES = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

/** What the files beside a tokenizer say about its tokens. */
export interface DeclaredTokens {
  /** Tokens to add, in the order of their ids. */
  readonly tokens: readonly AddedToken[];
  /** Text of the token in each role, such as `eos_token`. */
  readonly roles: ReadonlyMap<string, string>;
  /** Roles that a file names; the others are the class's own. */
  readonly named: ReadonlySet<string>;
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A token that is written as its text or as an object; null and missing are none. */
function tokenIn(value: unknown, name: string, file: string): AddedToken | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return specialToken(value);
  if (isObject(value) && typeof value["content"] === "string") return parseAddedToken(value, file, { special: true });
  throw badTokenizer(file, `${name} is ${showValue(value)}; it must be a text or an object with a text "content"`);
}

function tokensIn(value: unknown, name: string, file: string): AddedToken[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw badTokenizer(file, `${name} is ${showValue(value)}; it must be a list of tokens`);
  return value.flatMap((token) => tokenIn(token, name, file) ?? []);
}

/** Reads `added_tokens_decoder`. */
function decoderOf(table: unknown, file: string): Map<number, AddedToken> {
  if (!isObject(table)) {
    throw badTokenizer(file, `added_tokens_decoder is ${showValue(table)}; it must be a table of tokens by id`);
  }
  return new Map(
    Object.entries(table).map(([key, value]) => {
      const token = parseAddedToken(value, file);
      return [checkId(/^\d{1,9}$/.test(key) ? Number(key) : key, token.content, file), token];
    }),
  );
}

/** Named tokens of a file or of two, and those without a role. */
interface Named {
  readonly roles: Map<string, AddedToken | undefined>;
  extra: readonly AddedToken[];
}

function addNamed(fields: Fields, file: string, into: Named): void {
  for (const [name, value] of Object.entries(fields)) {
    if (ROLES.includes(name)) into.roles.set(name, tokenIn(value, name, file));
    else if (name.endsWith("_token") && typeof value === "string") into.roles.set(name, specialToken(value));
  }
  const { extra_special_tokens: extra, additional_special_tokens: additional } = fields;
  if (isObject(extra)) {
    for (const [name, value] of Object.entries(extra)) into.roles.set(name, tokenIn(value, name, file));
  } else {
    into.extra = [...into.extra, ...tokensIn(extra, "extra_special_tokens", file)];
  }
  // The old name of the list counts where the new one holds nothing.
  if (into.extra.length === 0) into.extra = tokensIn(additional, "additional_special_tokens", file);
}

/**
 * Gathers what transformers 5 gathers: `added_tokens_decoder` of `tokenizer_config.json` where it has one; else
 * `special_tokens_map.json`, `added_tokens.json` and the `added_tokens` of `tokenizer.json`, in this order, the later
 * winning an id. Then the special tokens by role, and those without one.
 *
 * @param fileTokens `added_tokens` of `tokenizer.json` with their ids
 * @param present texts of tokens that the tokenizer already has
 * @throws FormatError `bad_tokenizer`
 */
export function declaredTokens(
  { tokenizerConfig = {}, specialTokensMap = {}, addedTokens = {} }: TokenizerSources,
  kind: TokenizerClass | undefined,
  fileTokens: readonly (readonly [id: number, token: AddedToken])[],
  present: readonly string[],
): DeclaredTokens {
  const named: Named = { roles: new Map(), extra: [] };
  addNamed(tokenizerConfig, "tokenizer_config.json", named);
  const table = tokenizerConfig["added_tokens_decoder"];
  let byId: Map<number, AddedToken>;
  if (table === undefined) {
    const extra = isObject(tokenizerConfig["extra_special_tokens"]) ? [] : [...named.extra];
    addNamed(specialTokensMap, "special_tokens_map.json", named);
    const special = new Set([...ROLES.map((role) => named.roles.get(role)), ...extra].map((token) => token?.content));
    byId = new Map(
      Object.entries(addedTokens).map(([content, id]) => {
        const token = { ...specialToken(content), special: special.has(content), normalized: !special.has(content) };
        return [checkId(id, content, "added_tokens.json"), token];
      }),
    );
    for (const [id, token] of fileTokens) byId.set(id, token);
  } else {
    byId = decoderOf(table, "tokenizer_config.json");
  }
  const byContent = new Map([...byId.values()].map((token) => [token.content, token]));

  const roles = new Map<string, AddedToken>();
  const defaults = kind === undefined ? {} : classTokens[kind];
  for (const name of [...ROLES, ...[...named.roles.keys()].filter((name) => !ROLES.includes(name))]) {
    const usual = defaults[name];
    const token = named.roles.has(name) ? named.roles.get(name) : usual === undefined ? undefined : specialToken(usual);
    if (token !== undefined) roles.set(name, byContent.get(token.content) ?? token);
  }
  if (kind === "CamembertTokenizer") {
    const mask = roles.get("mask_token");
    if (mask !== undefined && !byContent.has(mask.content)) roles.set("mask_token", { ...mask, lstrip: true });
    if (named.extra.length === 0) named.extra = ["<s>", "</s>", "<unk>"].map((at) => specialToken(`${at}NOTUSED`));
  }
  const inRoles = new Set([...roles.values()].map(({ content }) => content));
  const tokens = [...byId].sort(([a], [b]) => a - b).map(([, token]) => token);
  const seen = new Set([...present, ...tokens.map(({ content }) => content)]);
  const further = [...roles.values(), ...named.extra].filter(({ content }) => !seen.has(content));
  return {
    tokens: [...tokens, ...further].map((token) => (inRoles.has(token.content) ? { ...token, special: true } : token)),
    roles: new Map([...roles].map(([name, { content }]) => [name, content])),
    named: new Set(named.roles.keys()),
  };
}
