interface StepsProps {
  readonly names: readonly string[];
  readonly current: number;
  /** The same for those who can't see it. */
  readonly label: string;
}

/** How far along a task is. */
export function Steps({ names, current, label }: StepsProps) {
  return (
    <div className="steps">
      <p className="visually-hidden">{label}</p>
      <ol aria-hidden="true">
        {names.map((name, index) => (
          <li key={name} data-state={stateOf(index, current)}>
            {name}
          </li>
        ))}
      </ol>
    </div>
  );
}

function stateOf(index: number, current: number): 'done' | 'current' | 'ahead' {
  if (index === current) return 'current';
  return index < current ? 'done' : 'ahead';
}
