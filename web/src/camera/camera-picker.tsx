import type { CameraWords } from './camera-words';

interface CameraPickerProps {
  readonly devices: readonly MediaDeviceInfo[];
  readonly chosen: string | null;
  readonly words: CameraWords;
  readonly onChoose: (deviceId: string) => void;
}

/** Lets the person choose, where there are several cameras. */
export function CameraPicker({ devices, chosen, words, onChoose }: CameraPickerProps) {
  if (devices.length < 2) return null;
  return (
    <label className="camera-picker">
      <span>{words.chooseCamera}</span>
      <select
        value={chosen ?? devices[0]?.deviceId}
        onChange={({ target }) => {
          onChoose(target.value);
        }}
      >
        {devices.map((device, index) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label || words.unnamedCamera(index + 1)}
          </option>
        ))}
      </select>
    </label>
  );
}
