export { maxLength, parseRobertaConfig, type RobertaConfig } from "./config.ts";
export { type Embeddings, positionIds } from "./embeddings.ts";
export {
  encoderOutput,
  type LoadedHead,
  maskedLanguageModel,
  type RobertaHead,
  sequenceClassification,
} from "./heads.ts";
export { type LoadRobertaOptions, loadRoberta, type Roberta } from "./roberta.ts";
