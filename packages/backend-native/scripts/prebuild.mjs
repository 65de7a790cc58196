// Makes a prebuilt addon for this platform where node-gyp-build finds it, named as prebuildify does:
// prebuilds/<platform>-<arch>/dylora_native.<libc>.node. A static oneDNN (below DNNL_ROOT) is linked in; a shared one is
// laid beside it with what it needs in turn. What every Linux with a compiler's runtime has (libc, libstdc++, libgomp)
// is not taken along. Licences of what is taken lie beside it; without them nothing is made.
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { compile, findCompiler, folder, oneDnnFlags, staticOneDnnFlags } from "./compile.mjs";

const system = /^(linux-vdso|ld-linux.*|lib(c|m|mvec|dl|rt|pthread|stdc\+\+|gcc_s|gomp))\.so/;

function stop(line) {
  console.error(`no prebuilt addon was made: ${line}`);
  process.exit(1);
}

function output(program, args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) stop(`${program} ${args.join(" ")} failed: ${error?.message ?? stderr}`);
  return stdout;
}

/** Texts that must go along with a library: those of its own installation, or of the Debian package that it is from. */
function licencesOf(library) {
  const { DNNL_ROOT: given } = process.env;
  if (given && library.startsWith(realpathSync(given))) {
    const texts = ["LICENSE", "THIRD-PARTY-PROGRAMS"].map((name) => join(given, "share", "doc", "dnnl", name));
    if (texts.every((path) => existsSync(path))) return texts;
    stop(`${given} has no share/doc/dnnl with LICENSE and THIRD-PARTY-PROGRAMS`);
  }
  const owner = spawnSync("dpkg", ["-S", library], { encoding: "utf8" });
  const text = `/usr/share/doc/${owner.stdout?.split(":")[0]}/copyright`;
  if (owner.status !== 0 || !existsSync(text)) stop(`the licence of ${library} was not found`);
  return [text];
}

if (process.platform !== "linux") stop("prebuilt addons are made on Linux");
const cxx = findCompiler();
if (cxx === undefined) stop("no C++ compiler was found");
const linked = staticOneDnnFlags(cxx);
const shared = linked === undefined ? oneDnnFlags(cxx)?.filter((flag) => !flag.startsWith("-Wl,-rpath,")) : undefined;
const target = join(folder, "build", "prebuild", "dylora_native.node");
// The old kind of run path, which holds for the libraries that a library needs as well.
const beside = ["-Wl,--disable-new-dtags", "-Wl,-rpath,$ORIGIN"];
const more = linked === undefined ? beside : ["-Wl,--exclude-libs,ALL", "-Wl,--gc-sections"];
const failure = compile({ cxx, target, more, oneDnn: () => linked ?? shared });
if (failure !== undefined) stop(failure.errors ?? "oneDNN was not found");

const libc = existsSync("/etc/alpine-release") ? "musl" : "glibc";
const to = join(folder, "prebuilds", `${process.platform}-${process.arch}`);
rmSync(to, { recursive: true, force: true });
mkdirSync(to, { recursive: true });
const made = [join(to, `dylora_native.${libc}.node`)];
copyFileSync(target, made[0]);
const licences = new Set(linked === undefined ? [] : licencesOf(realpathSync(process.env.DNNL_ROOT)));
const search = [process.env.DNNL_ROOT && join(process.env.DNNL_ROOT, "lib"), process.env.LD_LIBRARY_PATH];
process.env.LD_LIBRARY_PATH = search.filter((path) => path).join(":");
for (const [, name, path] of output("ldd", [target]).matchAll(/^\s*(\S+) => (\S+)/gm)) {
  if (system.test(name)) continue;
  if (!path.startsWith("/")) stop(`${name} was not found`);
  const library = realpathSync(path);
  copyFileSync(library, join(to, name));
  made.push(join(to, name));
  for (const text of licencesOf(library)) licences.add(text);
}
const about =
  "The files beside this one hold software of others. Their notices follow; the full text of the Apache License, Version\n" +
  "2.0, which some of them name, is the file LICENSE of this package.\n";
const notices = [...licences].map((path) => `From ${path}\n\n${readFileSync(path, "utf8")}`);
writeFileSync(join(to, "THIRD-PARTY-NOTICES.txt"), [about, ...notices].join(`\n${"=".repeat(80)}\n\n`));
for (const file of made) {
  output("strip", ["--strip-unneeded", file]);
  console.log(`${basename(file)}: ${(statSync(file).size / 1e6).toFixed(1)} MB`);
}
