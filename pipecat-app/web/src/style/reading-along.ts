import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/**
 * A box that goes along with its newest line until somebody scrolls up.
 * @param content what it shows; a new value scrolls to the end
 * @param nearPx pixels from the end within which the reader counts as reading along
 */
export function useReadingAlong(content: unknown, nearPx: number) {
  const box = useRef<HTMLElement>(null);
  const [along, setAlong] = useState(true);
  const toEnd = () => box.current?.scrollTo(0, box.current.scrollHeight);
  useLayoutEffect(() => {
    if (along) toEnd();
  }, [content, along]);
  const onScroll = ({ currentTarget }: { currentTarget: HTMLElement }) => {
    const { scrollHeight, scrollTop, clientHeight } = currentTarget;
    setAlong(scrollHeight - scrollTop - clientHeight < nearPx);
  };
  return { box, along, toEnd, onScroll };
}
