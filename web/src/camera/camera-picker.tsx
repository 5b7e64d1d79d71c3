import type { CameraWords } from './camera-words';
import type { Devices } from './mirror';

interface CameraPickerProps {
  readonly devices: Devices;
  readonly words: CameraWords;
}

/** Lets the person choose, where there are several cameras. */
export function CameraPicker({ devices: { devices, chosen, choose }, words }: CameraPickerProps) {
  if (devices.length < 2) return null;
  return (
    <label className="camera-picker">
      <span>{words.chooseCamera}</span>
      <select
        value={chosen ?? devices[0]?.deviceId}
        onChange={({ target }) => {
          choose(target.value);
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
