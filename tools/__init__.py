"""Programs that run when facelogin is built, never when it serves."""
