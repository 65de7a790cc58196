// A program of someone who installed @dylora/eval and nothing else.
import { type Metric, metricInterval } from "@dylora/eval";
import { accuracy, argmaxRows } from "@dylora/eval/glue";
import { bleu } from "@dylora/eval/nlg";
import { loadWordNet } from "@dylora/eval/node";

const metric: Metric = accuracy;
const predictions = argmaxRows([2, 0, 0, 1, 1, 0, 3, 1], 2); // 0, 1, 0, 0
const labels = [0, 1, 1, 0];
const interval = metricInterval({ metric, predictions, labels });
if (metric.compute(predictions, labels) !== 0.75) throw new Error("three of four are right");
if (interval.low > 0.75 || interval.high < 0.75) throw new Error("the interval leaves its value out");

const { score } = bleu().compute(["the cat sat on the mat"], [["the cat sat on the mat"]]);
if (Math.abs(score - 100) > 1e-9) throw new Error(`BLEU of a text against itself is ${score}`);
const refused = await loadWordNet("no such folder").then(
  () => false,
  () => true,
);
if (!refused) throw new Error("a folder that is not there was read");
console.log(`accuracy 0.75 in [${interval.low}, ${interval.high}], BLEU ${score}`);
