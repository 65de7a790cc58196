#!/usr/bin/env node
import { linkCommand, nodeGpuVariant } from "@dylora/backend-node/libtensorflow";

process.exitCode = await linkCommand(nodeGpuVariant, process.argv.slice(2));
