export { descriptor, type NativeBackendOptions, nativeBackend } from "./native-backend.ts";
