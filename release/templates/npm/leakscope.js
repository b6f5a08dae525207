#!/usr/bin/env node
// Runs the program of this platform, which npm installed as an optional dependency.
"use strict";

const { spawnSync } = require("node:child_process");

const platform = `@leakscope/${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "leakscope.exe" : "leakscope";

let program;
try {
  program = require.resolve(`${platform}/bin/${file}`);
} catch {
  console.error(`leakscope: the package ${platform} is not installed: npm was run with --omit=optional, or there is no program for this platform`);
  process.exit(1);
}

const ended = spawnSync(program, process.argv.slice(2), { stdio: "inherit" });
if (ended.error) {
  console.error(`leakscope: ${program}: ${ended.error.message}`);
  process.exit(1);
}
if (ended.signal) {
  process.kill(process.pid, ended.signal);
}
process.exit(ended.status ?? 1);
