#!/usr/bin/env node
import { linkCommand, nodeGpuFlavour } from "@dylora/backend-node/libtensorflow";

process.exitCode = await linkCommand(nodeGpuFlavour, process.argv.slice(2));
