//! A chart as a `stateDiagram-v2` of Mermaid.
//!
//! Mermaid breaks on much of its own grammar: an edge between a composite and something inside it, a composite as the end of an edge in
//! another scope, `--` between regions, texts of composites, initial transitions that skip a level. None of that is used. A composite whose
//! texts or own edges must be shown has a box inside, its name in brackets, that stands for it; all edges join such boxes and states
//! without states inside, and are written at the top level after all states; regions are composites that say so; histories and the
//! initial transitions of composites begin at boxes with their mark. Texts have everything but letters and a few signs as numbers.

use std::fmt::Write as _;

use super::outline::{self, Arrow, Depth, End, Outline};

const CLASSES: &str = "    classDef pseudo fill:#52606d,stroke:#52606d,color:#ffffff
    classDef itself stroke-dasharray:3 3
    classDef active fill:#ffe8a3,stroke:#b7791f,stroke-width:2px,color:#1f2933
";

pub(super) fn write(outline: &Outline<'_>) -> String {
    let mut diagram = Diagram {
        outline,
        text: format!(
            "---\ntitle: \"{}\"\n---\nstateDiagram-v2\n{CLASSES}",
            outline.chart.name.replace(['"', '\\'], "'")
        ),
        pseudo: Vec::new(),
        itself: Vec::new(),
    };
    diagram.scope(None, 1);
    for state in 0..outline.chart.states.len() {
        diagram.composite_edges(state);
    }
    diagram.edge("[*]", &diagram.end(outline.chart.initial), "");
    for arrow in &outline.arrows {
        diagram.transition(arrow);
    }
    diagram.classes();
    diagram.text
}

struct Diagram<'o> {
    outline: &'o Outline<'o>,
    text: String,
    /// The boxes with a mark.
    pseudo: Vec<String>,
    /// The boxes that stand for their composite.
    itself: Vec<String>,
}

impl Diagram<'_> {
    /// The states of a composite, before any edge.
    fn scope(&mut self, of: Option<usize>, level: usize) {
        let pad = "    ".repeat(level);
        for state in self.outline.children(of).to_vec() {
            let title = self.title(state);
            let id = self.id(state);
            if self.outline.is_composite(state) {
                self.line(&format!("{pad}state \"{title}\" as {id} {{"));
                self.inside(state, level + 1);
                self.scope(Some(state), level + 1);
                self.line(&format!("{pad}}}"));
            } else {
                self.line(&format!("{pad}state \"{title}\" as {id}"));
                self.texts(state, &id, &pad);
            }
        }
    }

    fn title(&self, state: usize) -> String {
        let name = escaped(self.outline.state(state).name);
        match self.outline.is_region(state) {
            true => format!("{name} (region)"),
            false => name,
        }
    }

    /// The boxes that a composite has beside its states.
    fn inside(&mut self, composite: usize, level: usize) {
        let pad = "    ".repeat(level);
        if self.needs_itself(composite) {
            let id = self.itself(composite);
            let name = escaped(self.outline.state(composite).name);
            self.line(&format!("{pad}state \"({name})\" as {id}"));
            self.texts(composite, &id, &pad);
            self.itself.push(id);
        }
        if self.outline.initial(Some(composite)).is_some() {
            let id = self.initial(composite);
            self.line(&format!("{pad}state \"●\" as {id}"));
            self.pseudo.push(id);
        }
        for depth in self.outline.histories(composite) {
            let id = self.history(composite, depth);
            let mark = escaped(depth.mark());
            self.line(&format!("{pad}state \"{mark}\" as {id}"));
            self.pseudo.push(id);
        }
    }

    fn texts(&mut self, state: usize, id: &str, pad: &str) {
        for text in self.outline.texts(state) {
            self.line(&format!("{pad}{id} : {}", escaped(&text)));
        }
    }

    /// Whether something has to be said of the composite itself, or an edge ends at it.
    fn needs_itself(&self, composite: usize) -> bool {
        let outline = self.outline;
        let ends = |arrow: &Arrow| arrow.source == composite || arrow.end == End::State(composite);
        let states = &outline.chart.states;
        !outline.texts(composite).is_empty()
            || outline.arrows.iter().any(ends)
            || outline.chart.initial == composite
            || states.iter().any(|state| {
                state.initial == Some(composite)
                    || state.history.and_then(|history| history.default) == Some(composite)
            })
    }

    /// The initial transition of a composite, and the defaults of its histories.
    fn composite_edges(&mut self, composite: usize) {
        if let Some(target) = self.outline.initial(Some(composite)) {
            let label = self.outline.initial_label(Some(composite));
            self.edge(&self.initial(composite), &self.end(target), label);
        }
        if let Some(default) = self.outline.history_default(composite) {
            for depth in self.outline.histories(composite) {
                self.edge(&self.history(composite, depth), &self.end(default), "");
            }
        }
    }

    fn transition(&mut self, arrow: &Arrow) {
        let end = match arrow.end {
            End::State(target) => self.end(target),
            End::History(composite, depth) => self.history(composite, depth),
            End::Final => "[*]".to_owned(),
        };
        self.edge(&self.end(arrow.source), &end, &arrow.label);
    }

    fn edge(&mut self, start: &str, end: &str, label: &str) {
        match label {
            "" => self.line(&format!("    {start} --> {end}")),
            label => self.line(&format!("    {start} --> {end} : {}", escaped(label))),
        }
    }

    fn classes(&mut self) {
        for id in std::mem::take(&mut self.pseudo) {
            self.line(&format!("    class {id} pseudo"));
        }
        for id in std::mem::take(&mut self.itself) {
            self.line(&format!("    class {id} itself"));
        }
        for state in 0..self.outline.chart.states.len() {
            if self.outline.active[state] {
                self.line(&format!("    class {} active", self.id(state)));
            }
        }
    }

    /// What an edge of a state ends at: itself, or the box that stands for it.
    fn end(&self, state: usize) -> String {
        match self.outline.is_composite(state) {
            true => self.itself(state),
            false => self.id(state),
        }
    }

    fn id(&self, state: usize) -> String {
        outline::id(self.outline.state(state).name, state)
    }

    /// An identifier that no state has, whatever its name: those of states begin with `s`.
    fn itself(&self, composite: usize) -> String {
        format!("itself_{}", self.id(composite))
    }

    fn initial(&self, composite: usize) -> String {
        format!("initial_{}", self.id(composite))
    }

    fn history(&self, composite: usize, depth: Depth) -> String {
        format!("{}_{}", depth.id(), self.id(composite))
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// As numbers, everything that could be more than text in some place: quotes, `:`, `;`, `#`, `%`, `--`, `<`, Markdown.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' ' | '.' | ',' | '(' | ')' | '[' | ']' | '/' | '=' | '+' | '!' | '|' => {
                escaped.push(c);
            }
            _ if c.is_alphanumeric() => escaped.push(c),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "#{};", u32::from(c));
            }
        }
    }
    escaped
}
