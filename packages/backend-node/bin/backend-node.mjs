#!/usr/bin/env node
import { linkCommand, nodeVariant } from "../dist/libtensorflow.js";

process.exitCode = await linkCommand(nodeVariant, process.argv.slice(2));
