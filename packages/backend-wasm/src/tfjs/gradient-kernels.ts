/**
 * Kernels that tfjs's gradients call and its wasm backend lacks: of `gather`, of convolutions to their filter, and of
 * depthwise ones to their input; and one that it has and that reads memory it should not, of `conv3d` to its input. They
 * are plain loops over the module's memory.
 */

import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

type KernelFunc = NonNullable<ReturnType<typeof tf.getKernel>>["kernelFunc"];
type Shape4D = [number, number, number, number];

/** A result full of zeros, then the numbers of the inputs: memory moves when it grows. */
function zerosAndNumbers(
  backend: BackendWasm,
  shape: readonly number[],
  dtype: TensorInfo["dtype"],
  inputs: TensorInfo[],
) {
  const out = backend.makeOutput([...shape], dtype);
  const [sums, ...numbers] = [out, ...inputs].map((info) => backend.typedArrayFromHeap(info)) as Float32Array[];
  sums?.fill(0);
  return { out, arrays: [sums, ...numbers] as Float32Array[] };
}

const unsortedSegmentSum: KernelFunc = ({ inputs, backend, attrs }) => {
  const { x, segmentIds } = inputs as { x: TensorInfo; segmentIds: TensorInfo };
  const { numSegments } = attrs as unknown as { numSegments: number };
  const rest = x.shape.slice(segmentIds.shape.length);
  const width = tf.util.sizeFromShape(rest);
  const { out, arrays } = zerosAndNumbers(backend as BackendWasm, [numSegments, ...rest], x.dtype, [x, segmentIds]);
  const [sums, values, ids] = arrays as [Float32Array, Float32Array, Float32Array];
  for (const [row, segment] of ids.entries()) {
    if (segment < 0 || segment >= numSegments) continue;
    for (let i = 0; i < width; i++) {
      const at = segment * width + i;
      sums[at] = (sums[at] as number) + (values[row * width + i] as number);
    }
  }
  return out;
};

interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly dilations?: number | [number, number];
  readonly pad: number | "valid" | "same";
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

/** Calls `visit` with the places of the first channel of x, y and the filter wherever the three meet. */
function overWindows(
  x: Shape4D,
  filter: Shape4D,
  { strides, dilations = 1, pad, dimRoundingMode }: ConvolutionAttributes,
  depthwise: boolean,
  visit: (x: number, y: number, filter: number) => void,
): void {
  const info = tf.backend_util.computeConv2DInfo(x, filter, strides, dilations, pad, dimRoundingMode, depthwise);
  const { inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth, padInfo } = info;
  for (let batch = 0; batch < info.batchSize; batch++) {
    for (let row = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++) {
        const y = ((batch * outHeight + row) * outWidth + column) * info.outChannels;
        for (let down = 0; down < filterHeight; down++) {
          const xRow = row * info.strideHeight + down * info.dilationHeight - padInfo.top;
          if (xRow < 0 || xRow >= inHeight) continue;
          for (let right = 0; right < filterWidth; right++) {
            const xColumn = column * info.strideWidth + right * info.dilationWidth - padInfo.left;
            if (xColumn < 0 || xColumn >= inWidth) continue;
            const at = ((batch * inHeight + xRow) * inWidth + xColumn) * info.inChannels;
            visit(at, y, (down * filterWidth + right) * filter[2] * filter[3]);
          }
        }
      }
    }
  }
}

const conv2dFilter: KernelFunc = ({ inputs, backend, attrs }) => {
  const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
  const { filterShape, ...convolution } = attrs as unknown as ConvolutionAttributes & { filterShape: Shape4D };
  const { out, arrays } = zerosAndNumbers(backend as BackendWasm, filterShape, "float32", [x, dy]);
  const [sums, values, slopes] = arrays as [Float32Array, Float32Array, Float32Array];
  const [, , ins, outs] = filterShape;
  overWindows(x.shape as Shape4D, filterShape, convolution, false, (xAt, yAt, filterAt) => {
    for (let i = 0; i < ins; i++) {
      for (let o = 0; o < outs; o++) {
        const at = filterAt + i * outs + o;
        sums[at] = (sums[at] as number) + (values[xAt + i] as number) * (slopes[yAt + o] as number);
      }
    }
  });
  return out;
};

const depthwiseFilter: KernelFunc = ({ inputs, backend, attrs }) => {
  const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
  const { filterShape, ...convolution } = attrs as unknown as ConvolutionAttributes & { filterShape: Shape4D };
  const { out, arrays } = zerosAndNumbers(backend as BackendWasm, filterShape, "float32", [x, dy]);
  const [sums, values, slopes] = arrays as [Float32Array, Float32Array, Float32Array];
  const [, , ins, copies] = filterShape;
  overWindows(x.shape as Shape4D, filterShape, convolution, true, (xAt, yAt, filterAt) => {
    for (let channel = 0; channel < ins * copies; channel++) {
      const value = values[xAt + Math.floor(channel / copies)] as number;
      sums[filterAt + channel] = (sums[filterAt + channel] as number) + value * (slopes[yAt + channel] as number);
    }
  });
  return out;
};

const depthwiseInput: KernelFunc = ({ inputs, backend, attrs }) => {
  const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
  const { inputShape, ...convolution } = attrs as unknown as ConvolutionAttributes & { inputShape: Shape4D };
  const { out, arrays } = zerosAndNumbers(backend as BackendWasm, inputShape, "float32", [filter, dy]);
  const [sums, weights, slopes] = arrays as [Float32Array, Float32Array, Float32Array];
  const [, , ins, copies] = filter.shape as Shape4D;
  overWindows(inputShape, filter.shape as Shape4D, convolution, true, (xAt, yAt, filterAt) => {
    for (let channel = 0; channel < ins * copies; channel++) {
      const at = xAt + Math.floor(channel / copies);
      sums[at] = (sums[at] as number) + (weights[filterAt + channel] as number) * (slopes[yAt + channel] as number);
    }
  });
  return out;
};

type Shape5D = [...Shape4D, number];

const conv3dInput: KernelFunc = ({ inputs, backend, attrs }) => {
  const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
  const { inputShape, strides, pad } = attrs as unknown as {
    inputShape: Shape5D;
    strides: number | [number, number, number];
    pad: "valid" | "same";
  };
  const { out, arrays } = zerosAndNumbers(backend as BackendWasm, inputShape, "float32", [filter, dy]);
  const [sums, weights, slopes] = arrays as [Float32Array, Float32Array, Float32Array];
  const [, , , ins, outs] = filter.shape as Shape5D;
  const info = tf.backend_util.computeConv3DInfo(inputShape, filter.shape as Shape5D, strides, 1, pad);
  const { front, top, left } = info.padInfo;
  const windows = tf.util.sizeFromShape(dy.shape.slice(0, -1));
  const [, depths, heights, widths] = dy.shape as Shape5D;
  for (let window = 0; window < windows; window++) {
    const column = window % widths;
    const row = Math.floor(window / widths) % heights;
    const layer = Math.floor(window / widths / heights) % depths;
    const batch = Math.floor(window / widths / heights / depths);
    for (let place = 0; place < info.filterDepth * info.filterHeight * info.filterWidth; place++) {
      const x = column * info.strideWidth - left + (place % info.filterWidth);
      const y = row * info.strideHeight - top + (Math.floor(place / info.filterWidth) % info.filterHeight);
      const z = layer * info.strideDepth - front + Math.floor(place / info.filterWidth / info.filterHeight);
      if (x < 0 || x >= info.inWidth || y < 0 || y >= info.inHeight || z < 0 || z >= info.inDepth) continue;
      const at = (((batch * info.inDepth + z) * info.inHeight + y) * info.inWidth + x) * ins;
      for (let channel = 0; channel < ins * outs; channel++) {
        const product =
          (weights[place * ins * outs + channel] as number) * (slopes[window * outs + (channel % outs)] as number);
        const target = at + Math.floor(channel / outs);
        sums[target] = (sums[target] as number) + product;
      }
    }
  }
  return out;
};

const kernels: Readonly<Record<string, KernelFunc>> = {
  UnsortedSegmentSum: unsortedSegmentSum,
  Conv2DBackpropFilter: conv2dFilter,
  DepthwiseConv2dNativeBackpropFilter: depthwiseFilter,
  DepthwiseConv2dNativeBackpropInput: depthwiseInput,
  Conv3DBackpropInputV2: conv3dInput,
};

/** Registers them. Calling it again changes nothing. */
export function addGradientKernels(): void {
  for (const [kernelName, kernelFunc] of Object.entries(kernels)) {
    const present = tf.getKernel(kernelName, "wasm");
    if (present?.kernelFunc === kernelFunc) continue;
    if (present != null) tf.unregisterKernel(kernelName, "wasm");
    tf.registerKernel({ kernelName, backendName: "wasm", kernelFunc });
  }
}
