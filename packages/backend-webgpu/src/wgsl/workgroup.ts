import { lanes } from "../program.ts";

/**
 * `sumOverLanes(value, lane)` and `maxOverLanes(value, lane)`: every lane of a workgroup gets the sum or the greatest of
 * all lanes' values, added in the same order each time.
 */
export const overLanes = `
  var<workgroup> ofLane : array<f32, ${lanes}>;
  fn sumOverLanes(value : f32, lane : i32) -> f32 {
    ofLane[lane] = value;
    workgroupBarrier();
    var sum = 0.0;
    for (var i = 0; i < ${lanes}; i++) { sum += ofLane[i]; }
    workgroupBarrier();
    return sum;
  }
  fn maxOverLanes(value : f32, lane : i32) -> f32 {
    ofLane[lane] = value;
    workgroupBarrier();
    var most = ofLane[0];
    for (var i = 1; i < ${lanes}; i++) { most = max(most, ofLane[i]); }
    workgroupBarrier();
    return most;
  }
`;
