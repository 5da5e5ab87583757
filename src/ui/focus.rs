//! What has the keyboard: it is scrolled into view wherever it stands, and marked where egui shows no difference. Keys
//! that egui's sliders do not know reach them here, as what they do know.

use egui::accesskit::{Action, ActionData, ActionRequest, TreeId};
use egui::style::ScrollAnimation;
use egui::{Context, Event, Id, Key, Modifiers, Plugin, RawInput, Rect, Response, ScrollArea, StrokeKind, Ui, vec2};

/// Points of a widget that must be seen at least; a smaller one must be seen as a whole.
const SEEN: f32 = 96.0;
/// Scroll areas within each other that are tried.
const LEVELS: usize = 4;
/// Steps of a slider for one press of Page Up or Page Down.
const PAGE: usize = 10;

/// Follows the keyboard in this context.
pub(super) fn install(ctx: &Context) {
    ctx.add_plugin(Follower::default());
}

/// Asks for what gained the keyboard to be scrolled into view.
#[derive(Default)]
struct Follower {
    focused: Option<Id>,
    /// What is out of view, and how many areas around it have been tried.
    hidden: Option<(Id, usize)>,
    /// The areas have been asked in this frame: their answer shows in the next one.
    asked: bool,
}

impl Plugin for Follower {
    fn debug_name(&self) -> &'static str {
        "focus"
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        if let Some(id) = ctx.memory(|memory| memory.focused()).filter(|id| slider(ctx) == Some(*id)) {
            input.events = std::mem::take(&mut input.events).into_iter().flat_map(|e| for_slider(id, e)).collect();
        }
        self.asked = !self.asked && self.hidden.is_some();
        if let Some((id, tried)) = self.hidden.as_mut().filter(|_| self.asked) {
            input.events.push(request(*id, Action::ScrollIntoView, None));
            set_wish(ctx, Wish { id: *id, areas: *tried, done: false });
            *tried += 1;
        }
    }

    fn on_end_pass(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx();
        let focused = ctx.memory(|memory| memory.focused());
        let before = std::mem::replace(&mut self.focused, focused);
        // What is pressed with the pointer is in view, and must not move under it.
        let by_pointer = ctx.input(|i| i.pointer.any_down() || i.pointer.any_released());
        if focused != before {
            self.hidden = focused.filter(|_| !by_pointer).map(|id| (id, 0));
            self.asked = false;
        }
        let Some((id, tried)) = self.hidden else { return };
        if !self.asked && (tried > LEVELS || focused != Some(id) || ctx.read_response(id).is_none_or(|r| in_view(&r))) {
            self.hidden = None;
            return;
        }
        ctx.request_repaint();
    }
}

/// Whether enough of it can be seen.
fn in_view(widget: &Response) -> bool {
    let (seen, size) = (widget.interact_rect.size(), widget.rect.size());
    (0..2).all(|d| seen[d] + 0.5 >= size[d].min(SEEN))
}

/// What is to be scrolled into view in this frame.
#[derive(Clone, Copy)]
struct Wish {
    id: Id,
    /// So many areas around it have done their part.
    areas: usize,
    done: bool,
}

fn set_wish(ctx: &Context, wish: Wish) {
    ctx.data_mut(|data| data.insert_temp(Id::unique("scroll into view"), wish));
}

/// A scroll area that moves to what gains the keyboard inside it.
pub(crate) fn scrolled<R>(ui: &mut Ui, area: ScrollArea, add: impl FnOnce(&mut Ui) -> R) -> R {
    area.show(ui, |ui| in_area(ui, add)).inner
}

/// What is inside a scroll area. egui moves the innermost area only, to its middle: here each area around a widget
/// moves, one after the other and no further than needed, as each moves what is inside it.
pub(crate) fn in_area<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    let wish = |ui: &Ui| ui.data(|data| data.get_temp::<Wish>(Id::unique("scroll into view")));
    // The widget takes the request when it is drawn: only what lies around it sees it go.
    let open = |ui: &Ui, wish: Wish| ui.input(|i| i.has_accesskit_action_request(wish.id, Action::ScrollIntoView));
    let inside = wish(ui).is_some_and(|wish| open(ui, wish));
    let added = add(ui);
    let Some(wish) = wish(ui).filter(|wish| inside && !open(ui, *wish)) else { return added };
    let target = match ui.ctx().read_response(wish.id) {
        Some(widget) if !wish.done && wish.areas == 0 => widget.rect,
        // Already in view, so that this area stays.
        _ => Rect::from_center_size(ui.clip_rect().center(), vec2(0.0, 0.0)),
    };
    ui.scroll_to_rect_animation(target, None, ScrollAnimation::none());
    let wish = Wish { done: wish.areas == 0 || wish.done, areas: wish.areas.saturating_sub(1), ..wish };
    set_wish(ui.ctx(), wish);
    added
}

/// A ring around what has the keyboard and looks no different by itself.
pub(crate) fn ring(ui: &Ui, widget: &Response) {
    if widget.has_focus() {
        let stroke = ui.visuals().widgets.active.bg_stroke;
        ui.painter().rect_stroke(widget.rect, 6.0, stroke, StrokeKind::Inside);
    }
}

/// Notes that this slider has the keyboard.
pub(crate) fn is_slider(ui: &Ui, id: Id) {
    ui.data_mut(|data| data.insert_temp(Id::unique("focused slider"), id));
}

fn slider(ctx: &Context) -> Option<Id> {
    ctx.data(|data| data.get_temp(Id::unique("focused slider")))
}

/// A key as what a slider understands. What follows from it is the same as for an arrow key.
fn for_slider(id: Id, event: Event) -> Vec<Event> {
    let Event::Key { key, pressed: true, modifiers: Modifiers::NONE, .. } = event else { return vec![event] };
    match key {
        // The slider keeps within its range.
        Key::Home => vec![request(id, Action::SetValue, Some(ActionData::NumericValue(f64::MIN)))],
        Key::End => vec![request(id, Action::SetValue, Some(ActionData::NumericValue(f64::MAX)))],
        Key::PageUp => vec![request(id, Action::Increment, None); PAGE],
        Key::PageDown => vec![request(id, Action::Decrement, None); PAGE],
        _ => vec![event],
    }
}

fn request(id: Id, action: Action, data: Option<ActionData>) -> Event {
    Event::AccessKitActionRequest(ActionRequest {
        action,
        target_tree: TreeId::ROOT,
        target_node: id.accesskit_id(),
        data,
    })
}
