//! Small charts in each format, word for word. `UPDATE_EXPECT=1` writes them anew.

use expect_test::{Expect, expect};
use farc::hsm::TransitionKind::{Defer, Internal, Reenter, Stop, To};
use farc::hsm::chart::{Chart, Format};

use crate::charts::{self, Sketch};

/// A bit of everything that is text.
fn door() -> Chart {
    let states = [
        ("closed", ""),
        ("locked", "closed"),
        ("unlocked", "closed"),
        ("open", ""),
    ];
    Sketch::new("Door", "closed", &states)
        .initial("closed", "locked")
        .history("closed", false, "unlocked")
        .with("closed", |state| (state.entry, state.init) = (true, true))
        .with("open", |state| state.data = Some("Instant"))
        .rows(&[
            ("closed", "Knock", "", Internal, ""),
            ("locked", "Key(code)", "*code == self.code", To, "unlocked"),
            ("unlocked", "Push", "", To, "open"),
            ("open", "Key(_)", "", Defer, ""),
            ("open", "Push", "", Reenter, "closed"),
            ("open", "Axe", "", Stop, ""),
        ])
        .done()
}

fn check(chart: &Chart, format: Format, expected: &Expect) {
    expected.assert_eq(&chart.with_active(&[1]).export(format));
}

#[test]
fn mermaid() {
    check(
        &door(),
        Format::Mermaid,
        &expect![[r#"
        ---
        title: "Door"
        ---
        stateDiagram-v2
            classDef pseudo fill:#52606d,stroke:#52606d,color:#ffffff
            classDef itself stroke-dasharray:3 3
            classDef active fill:#ffe8a3,stroke:#b7791f,stroke-width:2px,color:#1f2933
            state "closed" as s_closed {
                state "(closed)" as itself_s_closed
                itself_s_closed : entry /
                itself_s_closed : Knock / handled
                state "●" as initial_s_closed
                state "H" as history_s_closed
                state "locked" as s_locked
                state "unlocked" as s_unlocked
            }
            state "open" as s_open
            s_open : data#58; Instant
            s_open : Key(#95;) / defer
            initial_s_closed --> s_locked : / init
            history_s_closed --> s_unlocked
            [*] --> itself_s_closed
            s_locked --> s_unlocked : Key(code) [#42;code == self.code]
            s_unlocked --> s_open : Push
            s_open --> itself_s_closed : Push (external)
            s_open --> [*] : Axe
            class initial_s_closed pseudo
            class history_s_closed pseudo
            class itself_s_closed itself
            class s_closed active
            class s_locked active
    "#]],
    );
}

#[test]
fn dot() {
    check(
        &door(),
        Format::Dot,
        &expect![[r##"
            digraph "Door" {
                compound=true; newrank=true; rankdir=TB; nodesep=0.4; ranksep=0.5;
                graph [fontname="Helvetica,sans-serif", fontsize=12, style="rounded", color="#52606d", labeljust=l];
                node [fontname="Helvetica,sans-serif", fontsize=12, shape=box, style="rounded,filled", fillcolor="#ffffff", color="#52606d"];
                edge [fontname="Courier,monospace", fontsize=10, color="#3e4c59"];
                subgraph "cluster_closed" {
                    label="closed\lentry /\lKnock / handled\l";
                    style="rounded,filled"; fillcolor="#fff8e6"; color="#b7791f"; penwidth=2;
                    "closed.itself" [shape=point, width=0.06, style=invis];
                    "closed.history" [label="H", shape=circle, style=filled, margin=0, width=0.3];
                    "closed.history" -> "unlocked";
                    "locked" [label="locked", fillcolor="#ffe8a3", color="#b7791f", penwidth=2];
                    "unlocked" [label="unlocked"];
                    "closed.initial" [shape=circle, label="", width=0.12, fillcolor="#3e4c59"];
                    "closed.initial" -> "locked" [label="/ init"];
                }
                "open" [label="open\ndata: Instant\lKey(_) / defer\l"];
                "top..initial" [shape=circle, label="", width=0.12, fillcolor="#3e4c59"];
                "top..initial" -> "closed.itself" [lhead="cluster_closed"];
                "top.final" [shape=doublecircle, label="", width=0.12, fillcolor="#3e4c59", style=filled];
                "locked" -> "unlocked" [label="Key(code) [*code == self.code]"];
                "unlocked" -> "open" [label="Push"];
                "open" -> "closed.itself" [lhead="cluster_closed", dir=both, arrowtail=odot, label="Push (external)"];
                "open" -> "top.final" [label="Axe"];
            }
        "##]],
    );
}

#[test]
fn plantuml() {
    check(
        &door(),
        Format::PlantUml,
        &expect![[r#"
        @startuml
        hide empty description
        skinparam defaultTextAlignment left
        title Door
        state "closed" as s_closed #FFE8A3 {
          state "locked" as s_locked #FFE8A3
          state "unlocked" as s_unlocked
          [*] --> s_locked : / init
          state "H" as history_s_closed <<history>>
          history_s_closed --> s_unlocked
        }
        s_closed : entry /
        s_closed : Knock / handled
        state "open" as s_open
        s_open : data: Instant
        s_open : Key(_) / defer
        [*] --> s_closed
        s_locked --> s_unlocked : Key(code) [<U+002A>code == self.code]
        s_unlocked --> s_open : Push
        s_open -[bold]-> s_closed : Push (external)
        s_open --> [*] : Axe
        @enduml
    "#]],
    );
}

#[test]
fn scxml() {
    check(
        &door(),
        Format::Scxml,
        &expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <scxml xmlns="http://www.w3.org/2005/07/scxml" xmlns:farc="urn:farc:chart" version="1.0" datamodel="null" name="Door" initial="closed">
          <state id="closed" farc:active="true">
            <initial><transition target="locked" farc:action="init"/></initial>
            <onentry/>
            <transition event="Knock" farc:kind="handled"/>
            <history id="closed.history" type="shallow"><transition target="unlocked"/></history>
            <state id="locked" farc:active="true">
              <transition event="Key" cond="*code == self.code" target="unlocked" farc:kind="to" farc:trigger="Key(code)"/>
            </state>
            <state id="unlocked">
              <transition event="Push" target="open" farc:kind="to"/>
            </state>
          </state>
          <state id="open" farc:data="Instant">
            <transition event="Key" farc:kind="defer" farc:trigger="Key(_)"/>
            <transition event="Push" target="closed" farc:kind="reenter"/>
            <transition event="Axe" target="top.final" farc:kind="stop"/>
          </state>
          <final id="top.final"/>
        </scxml>
    "#]],
    );
}

/// Without the style, which is the same in all.
#[test]
fn svg() {
    let svg = charts::toggle().export(Format::Svg);
    let (head, rest) = svg.split_once("<style>").unwrap();
    let (_, body) = rest.split_once("</style>\n").unwrap();
    expect![[r#"
        <svg xmlns="http://www.w3.org/2000/svg" class="farc-chart" role="img" width="127" height="244" viewBox="0 0 127 244">
        <title>Statechart of Toggle</title>
        <defs><marker id="farc-head" viewBox="0 0 10 8" refX="9.5" refY="4" markerWidth="9" markerHeight="7" orient="auto"><path class="head" d="M0 0L10 4L0 8L2 4Z"/></marker><marker id="farc-tail" viewBox="0 0 10 10" refX="5" refY="5" markerWidth="8" markerHeight="8"><circle class="ring" cx="5" cy="5" r="4"/></marker></defs>
        <rect class="paper" width="127" height="244" rx="6"/>
        <g data-state="off">
        <rect class="state" x="18" y="86" width="64" height="32" rx="9"/>
        <text class="name" text-anchor="middle" x="50" y="106.5">off</text>
        </g>
        <g data-state="on">
        <rect class="state" x="18" y="194" width="64" height="32" rx="9"/>
        <text class="name" text-anchor="middle" x="50" y="214.5">on</text>
        </g>
        <path class="line" d="M50 30L50 86" marker-end="url(#farc-head)"/>
        <path class="line" data-row="0" d="M72 118L72 127C72 136.5 76.8 136.5 76.8 146L76.8 166C76.8 175.5 72 175.5 72 185L72 194" marker-end="url(#farc-head)"/>
        <path class="line" data-row="1" d="M28 194L28 185C28 175.5 23.2 175.5 23.2 166L23.2 146C23.2 136.5 28 136.5 28 127L28 118" marker-end="url(#farc-head)"/>
        <circle class="dot" cx="50" cy="24" r="6"/>
        <text class="label" x="81.8" y="160">Flip</text>
        <text class="label" x="28.2" y="160">Flip</text>
        </svg>
    "#]].assert_eq(&format!("{head}{body}"));
}
