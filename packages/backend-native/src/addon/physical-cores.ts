import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";

/** Cores this process may use; two hardware threads of a core count once, for they share its multipliers. */
export function physicalCores(): number {
  const usable = availableParallelism();
  try {
    const cores = cpus().map((_, index) => {
      const folder = `/sys/devices/system/cpu/cpu${index}/topology`;
      const read = (name: string) => readFileSync(`${folder}/${name}`, "utf8").trim();
      return `${read("physical_package_id")}/${read("core_id")}`;
    });
    return Math.max(1, Math.min(usable, new Set(cores).size));
  } catch {
    return usable;
  }
}
