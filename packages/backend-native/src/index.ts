export { descriptor, type NativeBackendOptions, nativeBackend } from "./backend.ts";
