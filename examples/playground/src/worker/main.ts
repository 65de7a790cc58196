import * as Comlink from "comlink";
import { createPlayground } from "./playground.ts";

Comlink.expose(createPlayground());
