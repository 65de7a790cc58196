export type { CliEnvironment } from "./context.ts";
export { main } from "./main.ts";
