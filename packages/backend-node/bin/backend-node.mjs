#!/usr/bin/env node
import { linkCommand, nodeFlavour } from "../dist/libtensorflow.js";

process.exitCode = await linkCommand(nodeFlavour, process.argv.slice(2));
