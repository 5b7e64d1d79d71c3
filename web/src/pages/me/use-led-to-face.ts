import { useEffect, useState } from 'react';
import { useLocation, useNavigate } from 'react-router-dom';
import { opensFace } from './me-entry';

/**
 * Whether the person was led here to enrol their face anew. That is forgotten by the history entry,
 * so that loading the page again turns no camera on.
 */
export function useLedToFace(): boolean {
  const { pathname, state } = useLocation() as { pathname: string; state: unknown };
  const navigate = useNavigate();
  const arrivedFor = opensFace(state);
  const [led] = useState(arrivedFor);
  useEffect(() => {
    if (arrivedFor) void navigate(pathname, { replace: true });
  }, [arrivedFor, navigate, pathname]);
  return led;
}
