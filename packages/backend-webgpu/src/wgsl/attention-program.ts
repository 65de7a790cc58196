import type { AttentionOptions } from "@dylora/tensor";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { f32, i32, inSoftware, lanes, type Program, run } from "./program.ts";
import { dropoutUniforms, random } from "./random.ts";

/** Tokens that a workgroup brings into its shared memory at a time. */
const tile = 16;

/**
 * A pass over all pairs of tokens of each head, as in FlashAttention (Dao et al. 2022): a thread owns one token, holds
 * its vectors, and meets the other tokens tile by tile in shared memory. No score is ever written. The fields are WGSL:
 * `token` is the thread's own, `other` the one it meets, `tileA` and `tileB` hold the others' vectors.
 */
export interface PairPass {
  /** Name of the program. */
  readonly name: string;
  /** Which of a pair the thread owns. */
  readonly owns: "query" | "key";
  /** Vectors of the own token by name, with their first values (of vector `v`); undefined: zeros. */
  readonly own: Readonly<Record<string, string | undefined>>;
  /** Vectors of the other tokens. */
  readonly tiles: readonly [a: string, b: string];
  /** Tensors read beside the packed input and the mask. */
  readonly inputs?: Readonly<Record<string, Tensor>>;
  /** Variables, before the first tile. */
  readonly start?: string;
  /** Dot products of an own vector and a tile, by the variable that gets them. */
  readonly dots: Readonly<Record<string, readonly [own: string, tile: "tileA" | "tileB"]>>;
  /** What is done with a pair: reads `score` (masked), `factor` (of dropout), and its dot products. */
  readonly pair: string;
  /** What the thread writes at the end. */
  readonly finish: string;
}

/** Part of the packed input that belongs to a token: 0 queries, 1 keys, 2 values. */
export const packed = (token: string, part: 0 | 1 | 2): string => `loadPacked(packedAt(${token}, ${part}), v)`;
/** The gradient of the output at a token. */
export const outputGradient = (token: string): string => `loadGradient(outputAt(${token}), v)`;

/** Four neighbouring numbers of an input; zeros beyond the size of a head. */
function loader(name: string, input: string, size: number): string {
  const part = (i: number): string =>
    size % 4 === 0
      ? `${input}[at + ${i}]`
      : `select(0.0, ${input}[start + min(4 * v + ${i}, size - 1)], 4 * v + ${i} < size)`;
  return `
    fn ${name}(start : i32, v : i32) -> vec4<f32> {
      let at = start + 4 * v;
      return vec4<f32>(${[0, 1, 2, 3].map(part).join(", ")});
    }`;
}

function storing(size: number): string {
  const part = (i: number): string => `result[start + 4 * v + ${i}] = value[${i}];`;
  return `
    fn store(start : i32, v : i32, value : vec4<f32>) {
      ${[0, 1, 2, 3].map((i) => (size % 4 === 0 ? part(i) : `if (4 * v + ${i} < size) { ${part(i)} }`)).join("\n")}
    }`;
}

/** WGSL that runs `body` for each vector `v` of a head. */
export const eachVector = (body: string): string => `for (var v = 0; v < VECTORS; v++) { ${body} }`;

/** Runs a pass; `into` as for {@link run}. */
export function runPairPass<T extends Tensor>(
  pass: PairPass,
  qkv: Tensor2D,
  { batch, length, heads, causal, mask, dropout }: AttentionOptions,
  into: T["shape"] | T,
): T {
  const hidden = qkv.shape[1] / 3;
  const size = hidden / heads;
  const vectors = Math.ceil(size / 4);
  const drop = dropoutUniforms(dropout);
  const [query, key] = pass.owns === "query" ? ["token", "other"] : ["other", "token"];
  // With a causal mask a workgroup skips the tiles that none of its tokens can see or be seen from.
  const [from, to] = !causal
    ? ["0", "uniforms.length"]
    : pass.owns === "query"
      ? ["0", `min(uniforms.length, own + ${lanes})`]
      : [`own - own % ${tile}`, "uniforms.length"];
  const dots = Object.entries(pass.dots);
  const source = `
    const size = ${size};
    const vectors = ${vectors};
    var<workgroup> tileA : array<vec4<f32>, ${tile * vectors}>;
    var<workgroup> tileB : array<vec4<f32>, ${tile * vectors}>;
    var<workgroup> rowKeys : array<u32, ${tile}>;
    var<workgroup> range : vec2<i32>;
    var<private> unit : i32;
    var<private> sequence : i32;
    var<private> head : i32;

    fn packedAt(token : i32, part : i32) -> i32 {
      return (sequence * uniforms.length + token) * 3 * uniforms.hidden + part * uniforms.hidden + head * size;
    }
    fn outputAt(token : i32) -> i32 {
      return (sequence * uniforms.length + token) * uniforms.hidden + head * size;
    }
    ${loader("loadPacked", "qkv", size)}
    ${"dy" in (pass.inputs ?? {}) ? loader("loadGradient", "dy", size) : ""}
    ${storing(size)}
    ${drop === undefined ? "" : random}
    fn rowKeyOf(query : i32) -> u32 {
      return ${drop === undefined ? "0u" : "foldKey(foldKey(foldKey(uniforms.dropKey, uniforms.firstExample + sequence), head), query)"};
    }

    fn main(index : i32) {
      let lane = index % ${lanes};
      let groups = (uniforms.length + ${lanes - 1}) / ${lanes};
      let group = index / ${lanes};
      let own = (group % groups) * ${lanes} + lane;
      // Threads beyond the last token compute along, since all must meet at the barriers, and write nothing.
      let inside = own < uniforms.length && group / groups < uniforms.units;
      let token = min(own, uniforms.length - 1);
      unit = min(group / groups, uniforms.units - 1);
      sequence = unit / uniforms.heads;
      head = unit % uniforms.heads;
      if (lane == 0) { range = vec2<i32>(${from}, ${to}); }
      let tiles = workgroupUniformLoad(&range);
      ${Object.entries(pass.own)
        .map(([name, value]) => {
          const declared = `var ${name} : array<vec4<f32>, vectors>;`;
          return value === undefined ? declared : `${declared} ${eachVector(`${name}[v] = ${value};`)}`;
        })
        .join("\n")}
      let ownRowKey = rowKeyOf(token);
      ${pass.start ?? ""}
      for (var first = tiles.x; first < tiles.y; first += ${tile}) {
        for (var i = lane; i < ${tile} * vectors; i += ${lanes}) {
          let other = min(first + i / vectors, uniforms.length - 1);
          let v = i % vectors;
          tileA[i] = ${pass.tiles[0]};
          tileB[i] = ${pass.tiles[1]};
        }
        if (lane < ${tile}) { rowKeys[lane] = rowKeyOf(first + lane); }
        workgroupBarrier();
        // A bound that compilers cannot see: they would write the whole tile out.
        let count = min(${tile}, uniforms.length - first);
        for (var t = 0; t < count; t++) {
          let other = first + t;
          if (${causal ? `${key} <= ${query}` : "true"}) {
            ${dots.map(([name]) => `var ${name} = 0.0;`).join(" ")}
            ${eachVector(dots.map(([name, [a, b]]) => `${name} += dot(${a}[v], ${b}[t * vectors + v]);`).join(" "))}
            ${mask === undefined ? "" : `score += mask[sequence * uniforms.length + ${key}];`}
            let factor = ${drop === undefined ? "1.0" : `dropFactor(${pass.owns === "query" ? "ownRowKey" : "rowKeys[t]"}, ${key})`};
            ${pass.pair}
          }
        }
        workgroupBarrier();
      }
      if (inside) { ${pass.finish} }
    }`;
  const program: Program = {
    key: `${pass.name} ${size}${causal ? " causal" : ""}${mask ? " masked" : ""}${drop ? " dropped" : ""}`,
    inputs: { qkv, ...pass.inputs, ...(mask === undefined ? {} : { mask }) },
    uniforms: {
      ...{ length: i32(length), heads: i32(heads), hidden: i32(hidden), units: i32(batch * heads) },
      vectors: i32(vectors),
      ...{ scale: f32(1 / Math.sqrt(size)) },
      ...drop,
    },
    threads: batch * heads * Math.ceil(length / lanes) * lanes,
    // A GPU's compiler must see the number of vectors, to keep them in registers. One that makes code for a processor
    // must not: it would take a minute over the registers it has not got.
    source: source.replaceAll("VECTORS", inSoftware() ? "uniforms.vectors" : "vectors"),
  };
  return run(program, into);
}
