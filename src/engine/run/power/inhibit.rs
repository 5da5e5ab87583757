//! Asks the system not to go to sleep by itself. Whoever presses its power button or closes its lid still sends it to
//! sleep, and its display may switch off.

use std::any::Any;

#[cfg(any(target_os = "macos", windows, all(target_os = "linux", feature = "gui")))]
const WHO: &str = "Purrtrait";
#[cfg(any(target_os = "macos", windows, all(target_os = "linux", feature = "gui")))]
const WHY: &str = "A training is running";

/// Holds until what is returned is dropped, or the process ends.
///
/// # Errors
/// Says why the system cannot be asked.
#[cfg(any(target_os = "macos", windows))]
pub(super) fn inhibit_sleep() -> Result<Box<dyn Any>, String> {
    let awake = keepawake::Builder::default().idle(true).app_name(WHO).reason(WHY).create();
    awake.map(|awake| Box::new(awake) as Box<dyn Any>).map_err(|e| e.to_string())
}

/// Holds until what is returned is dropped, or the process ends. Desktops differ in whom they listen to: the session
/// manager of GNOME, the power management of KDE, Xfce and others, and systemd's login manager, which also works
/// without a desktop, but keeps displays on in some. The first that answers is enough.
///
/// # Errors
/// Says why none of them can be asked.
#[cfg(all(target_os = "linux", feature = "gui"))]
pub(super) fn inhibit_sleep() -> Result<Box<dyn Any>, String> {
    pollster::block_on(async {
        match on_session_bus().await {
            Ok(connection) => Ok(Box::new(connection) as Box<dyn Any>),
            Err(session) => match from_login_manager().await {
                Ok(lock) => Ok(Box::new(lock) as Box<dyn Any>),
                Err(system) => Err(format!("{session}; {system}")),
            },
        }
    })
}

/// The inhibition ends with the connection.
#[cfg(all(target_os = "linux", feature = "gui"))]
async fn on_session_bus() -> zbus::Result<zbus::Connection> {
    /// Of the kinds of things that GNOME's sessions can be kept from: to sleep.
    const SLEEP: u32 = 4;
    let connection = zbus::connection::Builder::session()?.method_timeout(PATIENCE).build().await?;
    let gnome = "org.gnome.SessionManager";
    let body = (WHO, 0_u32, WHY, SLEEP);
    let asked = connection.call_method(Some(gnome), "/org/gnome/SessionManager", Some(gnome), "Inhibit", &body).await;
    if asked.is_err() {
        let (service, part) = ("org.freedesktop.PowerManagement", "org.freedesktop.PowerManagement.Inhibit");
        let path = "/org/freedesktop/PowerManagement/Inhibit";
        connection.call_method(Some(service), path, Some(part), "Inhibit", &(WHO, WHY)).await?;
    }
    Ok(connection)
}

/// The inhibition ends when the file is closed.
#[cfg(all(target_os = "linux", feature = "gui"))]
async fn from_login_manager() -> zbus::Result<zbus::zvariant::OwnedFd> {
    let connection = zbus::connection::Builder::system()?.method_timeout(PATIENCE).build().await?;
    let (service, path) = ("org.freedesktop.login1", "/org/freedesktop/login1");
    let body = ("idle", WHO, WHY, "block");
    let manager = Some("org.freedesktop.login1.Manager");
    let answer = connection.call_method(Some(service), path, manager, "Inhibit", &body).await?;
    answer.body().deserialize()
}

/// A service that does not answer within this time is not there.
#[cfg(all(target_os = "linux", feature = "gui"))]
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// # Errors
/// Always: nothing here can ask.
#[cfg(not(any(target_os = "macos", windows, all(target_os = "linux", feature = "gui"))))]
pub(super) fn inhibit_sleep() -> Result<Box<dyn Any>, String> {
    Err("this build cannot ask the system".to_owned())
}
