export { bfloat16Descriptor, descriptor, type NativeBackendOptions, nativeBackend } from "./backend.ts";
