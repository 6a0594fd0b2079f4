extension LoginPage {
    /// What `/login.css` holds.
    static let style = """
        :root {
          --text: #1c2430; --quiet: #5a6675; --page: #f3f5f8; --card: #ffffff;
          --line: #b9c2ce; --accent: #0b5cad; --on-accent: #ffffff; --alarm: #a3201c; --alarm-page: #fdeeed;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --text: #e8edf3; --quiet: #a3afbe; --page: #12171e; --card: #1b222c;
            --line: #4a5666; --accent: #6cb2ff; --on-accent: #0c1117; --alarm: #ff9c96; --alarm-page: #33191a;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
          background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif;
        }
        main {
          width: 100%; max-width: 24rem; padding: 2rem; background: var(--card);
          border: 1px solid var(--line); border-radius: 0.5rem;
        }
        h1 { margin: 0 0 1rem; font-size: 1.5rem; }
        label { display: block; margin: 1rem 0 0.25rem; font-weight: 600; }
        input, button { width: 100%; padding: 0.6rem 0.75rem; font: inherit; border-radius: 0.375rem; }
        input { color: inherit; background: transparent; border: 1px solid var(--line); }
        button {
          margin-top: 1.5rem; border: 0; background: var(--accent); color: var(--on-accent);
          font-weight: 600; cursor: pointer;
        }
        button.aside { background: transparent; color: var(--accent); border: 1px solid var(--line); }
        input:focus-visible, button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        [role="alert"] {
          padding: 0.5rem 1rem; border-left: 4px solid var(--alarm);
          background: var(--alarm-page); color: var(--alarm);
        }
        [role="alert"] p { margin: 0.25rem 0; }
        small { color: var(--quiet); }

        """
}
