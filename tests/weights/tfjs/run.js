/**
 * Runs one graph model on raw tensors: node run.js < job.json
 *
 * The job: { model, weights: paths; runs: [{ input: path, shape: NHWC sizes, outputs: [node name],
 * folder: path }] }. Tensors are little-endian float32 files. Output number i goes to `folder`/i.f32,
 * and the shapes of all outputs are printed as JSON, one list a run.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import "@tensorflow/tfjs-backend-cpu";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";

/** Lets the placeholder take images of any size; layers before the reshapes work on them. */
function acceptAnySize(topology) {
  for (const node of topology.node) {
    if (node.op === "Placeholder") {
      node.attr.shape.shape.dim = [1, -1, -1, 3].map((size) => ({ size: String(size) }));
    }
  }
  return topology;
}

function exactBuffer(path) {
  const bytes = readFileSync(path);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

function fromDisk(modelPath, weightsPath) {
  return {
    load: async () => {
      const model = JSON.parse(readFileSync(modelPath, "utf8"));
      return {
        modelTopology: acceptAnySize(model.modelTopology),
        weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
        weightData: exactBuffer(weightsPath),
      };
    },
  };
}

async function run(model, { input, shape, outputs, folder }) {
  const image = tf.tensor(new Float32Array(exactBuffer(input)), shape, "float32");
  const results = [model.execute(image, outputs)].flat();
  const shapes = [];
  for (const [index, result] of results.entries()) {
    const values = await result.data();
    writeFileSync(
      join(folder, `${index}.f32`),
      Buffer.from(values.buffer, values.byteOffset, values.byteLength),
    );
    shapes.push(result.shape);
  }
  tf.dispose([image, ...results]);
  return shapes;
}

await tf.setBackend("cpu");
const job = JSON.parse(readFileSync(0, "utf8"));
const model = await loadGraphModel(fromDisk(job.model, job.weights));
const shapes = [];
for (const one of job.runs) {
  shapes.push(await run(model, one));
}
process.stdout.write(JSON.stringify(shapes));
