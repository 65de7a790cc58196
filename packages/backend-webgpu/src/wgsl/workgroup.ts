import { lanes } from "./program.ts";

/**
 * `sumOverLanes(value, lane)` and `maxOverLanes(value, lane)`: each lane gets the sum, or the greatest, of the values of
 * its team, `width` neighbouring lanes of the workgroup. Sums are added in the same order each time.
 */
export const overLanes = (width: number): string => `
  var<workgroup> ofLane : array<vec2<f32>, ${lanes}>;
  fn sumOverLanes(value : vec2<f32>, lane : i32) -> vec2<f32> {
    ofLane[lane] = value;
    workgroupBarrier();
    let first = lane - lane % ${width};
    var sum = vec2<f32>(0.0);
    for (var i = 0; i < ${width}; i++) { sum += ofLane[first + i]; }
    workgroupBarrier();
    return sum;
  }
  fn maxOverLanes(value : f32, lane : i32) -> f32 {
    ofLane[lane].x = value;
    workgroupBarrier();
    let first = lane - lane % ${width};
    var most = value;
    for (var i = 0; i < ${width}; i++) { most = max(most, ofLane[first + i].x); }
    workgroupBarrier();
    return most;
  }
`;

/** The number of the workgroup. From the builtin: compilers see that all lanes have the same. */
export const groupNumber = `
  fn groupNumber() -> i32 {
    return i32((workgroupId.z * numWorkgroups.y + workgroupId.y) * numWorkgroups.x + workgroupId.x);
  }
`;
