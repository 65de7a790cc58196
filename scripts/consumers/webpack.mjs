// Builds what the JSON in its argument describes, with the webpack of the folder it lies in; a warning is a failure.
import webpack from "webpack";

const { externals = [], ...settings } = JSON.parse(process.argv[2]);
const fixed = { mode: "production", optimization: { minimize: false }, performance: { hints: false } };
const patterns = externals.map((source) => new RegExp(source));
webpack({ ...fixed, context: import.meta.dirname, externals: patterns, ...settings }, (error, stats) => {
  const wrong = error !== null || stats.hasErrors() || stats.hasWarnings();
  if (!wrong) return;
  console.error(error ?? stats.toString({ all: false, errors: true, warnings: true }));
  process.exitCode = 1;
});
