import { useCallback, useState } from 'react';
import type { NoticeText as Text } from '../api/requests';
import { focusIsLost, settleFocus } from '../ui/keep-focus';
import { Markdown } from '../ui/markdown';
import { useWords } from '../ui/words/use-words';

/** This little is left out of sight by rounding, and is nothing to scroll for. */
const SLACK_PX = 8;

interface NoticeTextProps {
  readonly notice: Text;
  readonly headingLevel: 2 | 3;
}

/** The operator's notice: whole where there is room, else scrolled, and then it says so. */
export function NoticeText({ notice, headingLevel }: NoticeTextProps) {
  const { signUp } = useWords();
  const [more, setMore] = useState(false);
  const watch = useCallback((region: HTMLElement) => {
    if (focusIsLost()) settleFocus(region);
    const measure = () => {
      const hidden = region.scrollHeight - region.clientHeight - region.scrollTop;
      setMore(hidden > SLACK_PX);
    };
    const sizes = new ResizeObserver(measure);
    sizes.observe(region);
    region.addEventListener('scroll', measure, { passive: true });
    return () => {
      sizes.disconnect();
      region.removeEventListener('scroll', measure);
    };
  }, []);
  return (
    <div className="notice-frame" data-more={more}>
      <section
        ref={watch}
        className="notice"
        aria-label={signUp.noticeLabel}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolled by keyboard
        tabIndex={0}
      >
        <div lang={notice.language} className="notice-words">
          <Markdown text={notice.text} headingLevel={headingLevel} />
        </div>
        <p className="notice-version">{signUp.noticeVersion(notice.version)}</p>
      </section>
      <p className="notice-more" aria-hidden="true">
        {signUp.noticeMore}
      </p>
    </div>
  );
}
