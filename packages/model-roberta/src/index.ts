export { maxLength, parseRobertaConfig, type RobertaConfig } from "./config.ts";
export { descriptor } from "./descriptor.ts";
export { type Embeddings, positionIds } from "./embeddings.ts";
export { encoderOutput, type HeadSource, type LoadedHead, type RobertaHead } from "./head.ts";
export { maskedLanguageModel } from "./masked-language-model.ts";
export { type LoadRobertaOptions, loadRoberta, type Roberta, robertaWeights } from "./roberta.ts";
export { classificationParameters, sequenceClassification } from "./sequence-classification.ts";
export { encoderSites } from "./sites.ts";
