// face-api with its defaults, in Node on the WASM backend: decode, detect (SSD MobileNet), 68
// landmarks, a 128-D descriptor, and its FaceMatcher over the one person it knows. One thread.
// Answers lines of JSON on standard input. MODULES is the folder that holds node_modules.
//
//   node peer.cjs MODULES
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");
const { createRequire } = require("node:module");

const [modules] = process.argv.slice(2);
const load = createRequire(path.join(path.resolve(modules), "package.json"));
const tf = load("@tensorflow/tfjs");
const wasm = load("@tensorflow/tfjs-backend-wasm");
const jpeg = load("jpeg-js");

async function main() {
  const files = path.join(modules, "node_modules", "@tensorflow", "tfjs-backend-wasm", "dist");
  wasm.setWasmPaths(path.resolve(files) + path.sep);
  wasm.setThreadsCount(1);
  await tf.setBackend("wasm");
  await tf.ready();
  const faceapi = load("@vladmandic/face-api/dist/face-api.node-wasm.js");
  const models = path.join(modules, "node_modules", "@vladmandic", "face-api", "model");
  const nets = faceapi.nets;
  await nets.ssdMobilenetv1.loadFromDisk(models);
  await nets.faceLandmark68Net.loadFromDisk(models);
  await nets.faceRecognitionNet.loadFromDisk(models);

  async function describe(file) {
    const started = process.hrtime.bigint();
    const image = jpeg.decode(fs.readFileSync(file), { useTArray: true, formatAsRGBA: false });
    const pixels = tf.tensor3d(image.data, [image.height, image.width, 3], "int32");
    const decoded = process.hrtime.bigint();
    const found = await faceapi
      .detectSingleFace(pixels)
      .withFaceLandmarks()
      .withFaceDescriptor();
    pixels.dispose();
    return { found, started, decoded };
  }

  let matcher = null;
  const answers = {
    async enrol({ file }) {
      const { found } = await describe(file);
      matcher = new faceapi.FaceMatcher([
        new faceapi.LabeledFaceDescriptors("person", [found.descriptor]),
      ]);
      return {};
    },
    async login({ file }) {
      const { found, started, decoded } = await describe(file);
      const label = found ? matcher.findBestMatch(found.descriptor).label : "unknown";
      const ended = process.hrtime.bigint();
      return {
        accepted: label === "person",
        decode_ms: Number(decoded - started) / 1e6,
        total_ms: Number(ended - started) / 1e6,
        rss_mb: process.memoryUsage().rss / 1e6,
        cpu_s: process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
      };
    },
  };
  process.stdout.write(`${JSON.stringify({ ready: tf.getBackend() })}\n`);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(await answers[asked.do](asked))}\n`);
  }
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
