package import GatewayCore

/// The gateway's own endpoints. One more is a file that makes it and a line here.
package enum EndpointTable {
    /// All of them for one event loop, in no particular order: no two take the same method and path.
    package static func all(in context: EndpointContext) -> [Endpoint] {
        let login = Login(context: context)
        return [
            login.forPrograms,
            Logout.one(context), Logout.all(context),
            OwnAccount.show(context), OwnAccount.passwordRule(context), OwnAccount.changePassword(context),
            OwnSessions.list(context), OwnSessions.end(context),
            OwnKeys.list(context), OwnKeys.create(context), OwnKeys.end(context), OwnKeys.endAll(context),
            OwnSecondFactor.show(context), OwnSecondFactor.begin(context), OwnSecondFactor.confirm(context),
            OwnSecondFactor.remove(context),
            SecondFactorPage.show(context), SecondFactorPage.begin(context),
            SecondFactorPage.confirm(context),
            Registration.endpoint(context),
            BrowserLogin.page, BrowserLogin.submit(login), BrowserLogin.logout(context),
            GatewayFiles.endpoint,
            GatewayFiles.page("/account", "account.html", require: .user),
            GatewayFiles.page("/admin/", "admin.html", require: .admin), GatewayFiles.console,
            KeySet.publish(context),
            Health.isUp, Health.isReady(context),
        ] + AdminTable.all(in: context)
    }
}
