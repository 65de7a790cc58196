export { type ModuleTest, wholePathPattern } from "./expression.ts";
export { patternTable } from "./pattern-table.ts";
export { type ModuleSelection, selectedModules } from "./selected-modules.ts";
