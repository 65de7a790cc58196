/** What `@dylora/backend-node` and `@dylora/backend-node-gpu` share. Not for other packages: it may change at any time. */
export { type FoundBinding, findBinding } from "./find-binding.ts";
export { linkCommand } from "./link/link-command.ts";
export { type BindingProbe, probeBinding } from "./probe-binding.ts";
export { startTfjsNode, tfjsName } from "./tfjs/start-tfjs-node.ts";
export { linkCommandOf, nodeGpuVariant, nodeVariant, type Variant } from "./variant.ts";
