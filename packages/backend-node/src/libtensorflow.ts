/** What `@dylora/backend-node` and `@dylora/backend-node-gpu` share. Not for other packages: it may change at any time. */
export { type FoundBinding, findBinding } from "./find-binding.ts";
export { type Flavour, linkCommandOf, nodeFlavour, nodeGpuFlavour } from "./flavour.ts";
export { linkCommand } from "./link-command.ts";
export { type BindingProbe, probeBinding } from "./probe-binding.ts";
export { startTfjsNode, tfjsName } from "./start-tfjs-node.ts";
