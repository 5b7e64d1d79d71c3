// A stand-in, written for facelogin, for the React client of the system that it started from: it
// makes that client's calls, and shows what that client reads from the answers.

const API = document.querySelector('meta[name="api"]').content;
const JPEG_QUALITY = 0.92;

const video = document.querySelector('video');
const status = document.querySelector('[role="status"]');

/** Do what axios does by default: JSON both ways, without cookies; the body of a refusal is thrown. */
async function call(path, body) {
  const answer = await fetch(`${API}${path}`, {
    headers: {
      Accept: 'application/json, text/plain, */*',
      ...(body && { 'Content-Type': 'application/json' }),
    },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  const data = await answer.json();
  if (!answer.ok) throw new Error(data.message);
  return data;
}

/** Return what the camera shows as a data URL, in the size in which the page shows it. */
function screenshot() {
  const canvas = document.createElement('canvas');
  canvas.width = video.clientWidth;
  canvas.height = (video.clientWidth * video.videoHeight) / video.videoWidth;
  canvas.getContext('2d').drawImage(video, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/jpeg', JPEG_QUALITY);
}

async function register(form) {
  const { email, username } = Object.fromEntries(new FormData(form));
  const { message } = await call('/register', { email, username, image: screenshot() });
  return message;
}

async function logIn() {
  const { username, student_id: studentId } = await call('/login', { image: screenshot() });
  const { message } = await call(`/greeting?student_id=${encodeURIComponent(studentId)}`);
  return `${username}: ${message}`;
}

function answerTo(selector, act) {
  const form = document.querySelector(selector);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    status.textContent = '';
    try {
      status.textContent = await act(form);
    } catch (error) {
      status.textContent = error.message;
    }
  });
}

const camera = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } });
video.srcObject = camera;
await video.play();
answerTo('#register', register);
answerTo('#login', logIn);
status.textContent = 'The camera is on.';
