import { Component, type ErrorInfo, type ReactNode } from 'react';
import { basePath } from '../base-path';
import { WordsContext } from './words/use-words';

interface Props {
  readonly children: ReactNode;
}

/** Catches what breaks while drawing a page, and says so instead of leaving it blank. */
export class ErrorBoundary extends Component<Props, { broken: boolean }> {
  static override contextType = WordsContext;
  declare context: React.ContextType<typeof WordsContext>;
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override componentDidCatch(error: Error, info: ErrorInfo): void {
    console.error(error, info.componentStack);
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    const { crash } = this.context.words;
    return (
      <main className="page page-narrow" role="alert">
        <h1>{crash.title}</h1>
        <p className="lead">{crash.lead}</p>
        <div className="actions">
          <button
            type="button"
            className="button button-main"
            onClick={() => {
              window.location.reload();
            }}
          >
            {crash.reload}
          </button>
          <a className="button button-plain" href={`${basePath}/`}>
            {crash.home}
          </a>
        </div>
      </main>
    );
  }
}
