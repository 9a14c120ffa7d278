#include "cli/deployment.h"

#include "store/remote_store.h"
#include "store/remote_views.h"
#include "transport/http_transport.h"

namespace weir::cli {
namespace {

class ServerDeployment final : public Deployment {
  public:
    ServerDeployment(std::unique_ptr<RemoteStore> store, http::Url url, HttpTransport::Options transport)
        : store_(std::move(store)),
          url_(std::move(url)),
          transport_(std::move(transport)),
          views_(url_, transport_.token, transport_.client) {}

    Result<StoreReader*> store() override { return store_.get(); }
    ViewReader* views() override { return &views_; }
    Result<DeploymentFacts> facts() override {
        Result<RemoteStatus> status = store_->status();
        if (!status) return fail(std::move(status).error());
        return DeploymentFacts{status->group_by, status->view, status->window, status->retention,
                               status->now};
    }
    Result<std::string> group_by() override {
        Result<DeploymentFacts> known = facts();
        if (!known) return fail(std::move(known).error());
        return known->group_by;
    }
    Result<AggregateRow> aggregate(const std::string& run_id, std::optional<Timestamp> at) override {
        return store_->aggregate(run_id, at);
    }
    Result<AggregateRow> live(std::optional<Timestamp> at) override { return store_->live(at); }
    Result<Producer::MakeTransport> transports(ProducerOptions&) override {
        return Producer::MakeTransport(
            [url = url_, options = transport_] { return std::make_unique<HttpTransport>(url, options); });
    }
    // A server acknowledges what it has stored.
    Result<std::uint64_t> wait_stored(const ProducedRun& run,
                                      const std::function<void(std::uint64_t)>&) override {
        return run.events;
    }

  private:
    std::unique_ptr<RemoteStore> store_;
    http::Url url_;
    HttpTransport::Options transport_;
    RemoteViews views_;
};

}  // namespace

void DeploymentOptions::declare(OptionTable& options) {
    declare_triggering(options);
    options.add("to", "URL", to, "sqs://QUEUE or kinesis://STREAM to send to, in place of the stack's");
}

void DeploymentOptions::declare_triggering(OptionTable& options) {
    declare_reading(options);
    options.add("function", "NAME", function, "The aggregate function, in place of the stack's");
}

void DeploymentOptions::declare_reading(OptionTable& options) {
    remote.declare(options);
    aws.declare(options);
    options.group("On AWS instead of a server");
    options.toggle("aws", on_aws, "Work on a stack that script/deploy has made");
    options.add("stack", "NAME", stack, "Name of that stack");
    options.add("store", "URL", store, "dynamodb://EVENTS/AGGREGATES: these tables, in place of the stack's");
}

Result<std::unique_ptr<Deployment>> open_deployment(const DeploymentOptions& options, Console& console) {
    if (options.is_aws()) return open_aws_deployment(options);
    Result<std::unique_ptr<RemoteStore>> store = connect(options.remote, console);
    if (!store) return fail(std::move(store).error());
    Result<http::Url> url = options.remote.url();
    if (!url) return fail(std::move(url).error());
    Result<std::string> token = options.remote.token(console);
    if (!token) return fail(std::move(token).error());
    return std::make_unique<ServerDeployment>(
        *std::move(store), *std::move(url),
        HttpTransport::Options{*std::move(token), options.remote.client()});
}

}  // namespace weir::cli
