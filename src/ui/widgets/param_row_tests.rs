//! Every value of every setting, entered in the window as a person does.

use super::ParamRow;
use crate::config::{DATA, Kind, MODEL, Param, RUN, TUNABLES, Value};
use egui::accesskit::Role;
use egui::{Event, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

fn enter<S>(harness: &mut Harness<S>, param: &Param<S>, value: &Value) {
    match value {
        Value::Number(_) => {
            harness.get_by_role_and_label(Role::SpinButton, param.label).focus();
            harness.run_steps(2);
            harness.input_mut().events.push(Event::Text(value.to_string()));
            harness.run_steps(1);
            harness.key_press_modifiers(Modifiers::NONE, Key::Enter);
        }
        Value::Flag(on) => {
            let toggle = harness.get_by_role_and_label(Role::CheckBox, param.label);
            if toggle.accesskit_node().toggled() != Some((*on).into()) {
                toggle.click();
            }
        }
        Value::Choice(name) => choose(harness, param, name),
    }
    harness.run_steps(4);
}

fn choose<S>(harness: &mut Harness<S>, param: &Param<S>, name: &str) {
    let Kind::Choice(choices) = param.kind else { panic!("{} is no choice", param.key) };
    let choice = choices.iter().find(|choice| choice.name == name).unwrap();
    if let Some(button) =
        harness.query_by_role_and_label(Role::RadioButton, &format!("{}: {}", param.label, choice.label))
    {
        return button.click();
    }
    harness.get_by_role_and_label(Role::ComboBox, param.label).click();
    harness.run_steps(4);
    harness.get_by_role_and_label(Role::Button, choice.label).click();
}

fn every_value<S: Default + 'static>(params: &'static [&'static Param<S>]) {
    for &param in params {
        let baseline = S::default();
        let row = move |ui: &mut egui::Ui, settings: &mut S| {
            ParamRow { param, baseline: &baseline, explain: true, error: None, locked: None, unused: None }
                .show(ui, settings);
        };
        let builder = Harness::builder().with_size([600.0, 400.0]).with_context_setup(crate::ui::theme::install);
        let mut harness = builder.build_ui_state(row, S::default());
        // The default last: it was entered, too, and not only left as it was.
        for value in param.examples().into_iter().chain([param.get(&S::default())]) {
            enter(&mut harness, param, &value);
            assert_eq!(param.get(harness.state()), value, "{}", param.key);
        }
    }
}

#[test]
fn every_value_of_every_setting_can_be_entered() {
    every_value(DATA);
    every_value(MODEL);
    every_value(RUN);
    every_value(TUNABLES);
}
