import type { ShapeMap, Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { GpuBackend } from "../tfjs/gpu-backend.ts";
import { refuseBuffer } from "../tfjs/guard-buffers.ts";

/** Threads of a workgroup. */
export const lanes = 64;

/** A value handed to a program beside its tensors. */
export type UniformValue = { readonly type: "i32" | "u32" | "f32"; readonly value: number };

/** Shorthands for {@link UniformValue}. */
export const i32 = (value: number): UniformValue => ({ type: "i32", value });
export const u32 = (value: number): UniformValue => ({ type: "u32", value: value >>> 0 });
export const f32 = (value: number): UniformValue => ({ type: "f32", value });

/** True where the active backend computes on a processor in place of a GPU. */
export const inSoftware = (): boolean => (tf.backend() as GpuBackend).inSoftware;

/** Bytes that a tensor on the active backend takes at most. */
export const bufferLimit = (): number => (tf.backend() as GpuBackend).bufferLimit;

/** A program on the GPU: WGSL whose `main(index : i32)` runs once for each thread. */
export interface Program {
  /** Distinguishes it from every other program, constants in its source included. */
  readonly key: string;
  /** Inputs by the names that the source gives them, all `array<f32>` (or `i32` for int32 tensors). */
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** Numbers that change from call to call, read as `uniforms.<name>`. The source must read at least one. */
  readonly uniforms?: Readonly<Record<string, UniformValue>>;
  /** Threads to start, also `uniforms.threads`; `index` reaches beyond, to whole workgroups of {@link lanes}. */
  readonly threads: number;
  /** Functions, workgroup variables and `fn main(index : i32)`; writes to `result`. */
  readonly source: string;
}

const tfjsType = { i32: "int32", u32: "uint32", f32: "float32" } as const;

/**
 * Runs a program through tfjs's queue, so that it takes its turn among tfjs's own.
 *
 * @param into a shape, for a new tensor that the caller owns; or a tensor to write into
 */
export function run<T extends Tensor>(program: Program, into: T["shape"] | T): T {
  const gpuBackend = tf.backend() as GpuBackend;
  const { key, inputs, threads, source } = program;
  const uniforms = { threads: i32(threads), ...program.uniforms };
  const target: T | undefined = Array.isArray(into) ? undefined : (into as T);
  const shape = (target?.shape ?? into) as ShapeMap[keyof ShapeMap];
  refuseBuffer(4 * tf.util.sizeFromShape(shape), gpuBackend.bufferLimit);
  const info: TensorInfo = gpuBackend.runWebGPUProgram(
    {
      variableNames: Object.keys(inputs),
      outputShape: shape,
      dispatchLayout: { x: shape.map((_, axis) => axis) },
      dispatch: [Math.max(1, Math.ceil(threads / lanes)), 1, 1],
      workgroupSize: [lanes, 1, 1],
      variableComponents: Object.keys(inputs).map(() => 1),
      uniforms: Object.entries(uniforms)
        .map(([name, { type }]) => `${name} : ${type}, `)
        .join(""),
      shaderKey: `dylora ${key}`,
      getUserCode: () => source,
    },
    Object.values(inputs),
    "float32",
    Object.values(uniforms).map(({ type, value }) => ({ type: tfjsType[type], data: [value] })),
    target,
  );
  return target ?? (tf.engine().makeTensorFromTensorInfo(info) as T);
}
